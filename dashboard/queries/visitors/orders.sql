-- title: Orders of the visitor
-- takes: shop varchar, currency varchar, id varchar, page_size bigint, page_offset bigint
-- gives: order_key varchar, placed_at timestamp, revenue decimal(18, 4), currency varchar, lines integer, node varchar, order_status varchar, cancelled boolean
-- define: The latest orders of the visitor, with the device (or server) that placed them.
select
    o.order_key,
    o.placed_at,
    o.revenue,
    coalesce(o.currency, $currency) as currency,
    o.lines,
    coalesce(o.device_id, 'u:' || o.user_id) as node,
    o.order_status,
    o.cancelled
from orders o
where o.shop_id = $shop
  and o.visitor_id = $id
order by o.placed_at desc, o.order_key
limit $page_size
offset $page_offset
