-- takes: since timestamp, until timestamp
insert into known
select event_id
from events
where ts >= $since
  and ts < $until
  and event_id in (select event_id from keyed where ts_source = 'client' and not is_order);
