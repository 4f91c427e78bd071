-- Everything of the moved sessions is the other visitor's now.
-- takes: since timestamp, until timestamp
update sessions set visitor_id = m.new_id from moved m where sessions.rowid = m.rid;

create or replace temp table moved_events as
select e.rowid as rid, e.event_id, e.ts, m.shop_id, m.old_id, m.new_id
from events e
join moved m
  on m.session_key = e.session_key
 and m.shop_id = e.shop_id
 and m.node = coalesce(e.device_id, 'u:' || e.user_id, 'e:' || e.email, 'p:' || e.phone)
where e.ts >= $since
  and e.ts <= $until;

update events set visitor_id = m.new_id from moved_events m where events.rowid = m.rid;

update items set visitor_id = m.new_id
from moved_events m
where items.event_id = m.event_id and items.ts = m.ts and items.ts >= $since and items.ts <= $until;

-- The sight of a message stands at the moment of its click, which may lie long before the event.
update touches set visitor_id = m.new_id
from moved_events m
where touches.event_id = m.event_id;

insert into dirty_orders
select distinct v.shop_id, v.order_key
from order_versions v
join moved_events m on m.event_id = v.event_id
anti join dirty_orders d on d.shop_id = v.shop_id and d.order_key = v.order_key;

update order_versions set visitor_id = m.new_id
from moved_events m
where order_versions.event_id = m.event_id;

update cart_moves
set visitor_id = m.new_id,
    visitor_hash = md5_number_lower(m.shop_id || chr(31) || m.new_id)::ubigint
from moved_events m
where cart_moves.event_id = m.event_id and cart_moves.ts = m.ts and cart_moves.ts >= $since and cart_moves.ts <= $until;

insert into cart_visitors
select distinct shop_id, visitor_id, md5_number_lower(shop_id || chr(31) || visitor_id)::ubigint as visitor_hash
from (
    select shop_id, old_id as visitor_id from moved
    union all
    select shop_id, new_id as visitor_id from moved
) both_sides;
