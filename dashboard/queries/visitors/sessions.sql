-- title: Sessions of the visitor
-- takes: shop varchar, id varchar, page_size bigint, page_offset bigint
-- gives: started_at timestamp, ended_at timestamp, node varchar, channel varchar, landing_url varchar, events integer, item_views integer, cart_adds integer, searches integer, purchases integer
-- define: The latest sessions of the visitor, on any device, with what was done in them.
select
    started_at,
    ended_at,
    node,
    channel,
    landing_url,
    events,
    item_views,
    cart_adds,
    searches,
    purchases
from sessions
where shop_id = $shop
  and visitor_id = $id
order by started_at desc, session_key, node
limit $page_size
offset $page_offset
