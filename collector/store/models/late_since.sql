-- From when on events must be looked at again.
select min(from_ts) as since
from late;
