select count(*)
from dirty_orders;
