select count(*)
from dirty_nodes;
