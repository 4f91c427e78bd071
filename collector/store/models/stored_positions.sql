select worker, segment, "offset"
from positions
order by worker;
