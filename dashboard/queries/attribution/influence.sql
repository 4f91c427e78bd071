-- title: Tools that took part in an order
-- takes: shop varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, recommended_by varchar, recommended_code varchar
-- define: Orders with any click or add of a storefront tool by the visitor in the session of the order and not after it, on whatever item; once a touch.
-- rows: 1000000
select o.order_key, t.recommended_by, t.recommended_code
from orders o
join (
    -- include: attribution/session_touches
) t
  on t.visitor_id = o.visitor_id
 and t.session_key = o.session_key
 and t.ts <= o.placed_at
where o.shop_id = $shop
  and o.placed_at >= $start
  and o.placed_at < $until
  and not o.bot
