-- takes: since timestamp
insert into known
select event_id
from events
where received_at >= $since
  and event_id in (select event_id from keyed where ts_source <> 'client' and not is_order);
