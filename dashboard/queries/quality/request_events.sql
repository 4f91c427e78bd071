-- title: What became of it
-- takes: shop varchar, shops varchar[], id varchar
-- gives: seq integer, outcome varchar, event varchar, name varchar, codes varchar[], pointer varchar, event_id uuid, received_at timestamp
-- define: The events of the request in the sender's order, each with its verdict, its codes and the place in the body it was read from.
select
    seq,
    'accepted' as outcome,
    event,
    coalesce(custom_name, vendor_event) as name,
    notes as codes,
    pointer,
    event_id,
    received_at
from events
where request_id = try_cast($id as uuid)
  and shop_id = $shop
union all
select
    seq,
    outcome,
    null as event,
    name,
    codes,
    pointer,
    event_id,
    received_at
from refused
where request_id = try_cast($id as uuid)
  and (shop_id = $shop or not list_contains($shops::varchar[], shop_id))
order by seq, outcome, event_id
