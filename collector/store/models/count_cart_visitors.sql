select count(*)
from cart_visitors;
