-- title: Orders beside it
-- takes: shop varchar, currency varchar, id varchar
-- gives: order_key varchar, placed_at timestamp, revenue decimal(18, 4), currency varchar, lines integer, same_session boolean
-- define: Other orders of the same visitor at most five minutes before or after this one: one purchase that was split. Touches before it serve all of them.
select
    b.order_key,
    b.placed_at,
    b.revenue,
    coalesce(b.currency, $currency) as currency,
    b.lines,
    coalesce(b.session_key = o.session_key, false) as same_session
from orders o
join orders b
  on b.shop_id = o.shop_id
 and b.visitor_id = o.visitor_id
 and b.order_key <> o.order_key
 and b.placed_at >= o.placed_at - interval 5 minute
 and b.placed_at <= o.placed_at + interval 5 minute
where o.shop_id = $shop
  and o.order_key = $id
  and not b.bot
order by b.placed_at, b.order_key
