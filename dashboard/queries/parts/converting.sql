-- title: Sessions with an order
-- takes: shop varchar
-- gives: session_key varchar, started_at timestamp
-- define: Sessions in which an order was placed for the first time; a repeated report of an order in a later session is no conversion of that one.
select
    session_key,
    started_at
from sessions
where shop_id = $shop
  and not bot
  and purchases > 0
  and session_key in (
    select session_key
    from orders
    where shop_id = $shop
      and not bot
      and session_key is not null
  )
