-- Days in which client-timed keyed events of the batch happened.
select distinct date_trunc('day', ts) as day
from keyed
where ts_source = 'client'
  and not is_order
order by day;
