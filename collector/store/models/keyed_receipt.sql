-- Receipt of the first server-timed keyed event of the batch; null where there is none.
select min(received_at) as oldest
from keyed
where ts_source <> 'client'
  and not is_order;
