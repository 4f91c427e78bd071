select count(*)
from last_runs
where is_late;
