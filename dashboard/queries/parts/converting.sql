-- title: Sessions with an order
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp
-- gives: session_key varchar, started_at timestamp, channel varchar, device_type varchar
-- define: Sessions, begun in the period or the comparison, in which an order was placed for the first time; a repeated report of an order in a later session is no conversion of that one.
select
    session_key,
    started_at,
    channel,
    device_type
from sessions
where shop_id = $shop
  and not bot
  and purchases > 0
  and started_at >= least($start::timestamp, coalesce($prev_start::timestamp, $start::timestamp))
  and started_at < $until
  and session_key in (
    select session_key
    from orders
    where shop_id = $shop
      and not bot
      and session_key is not null
      and placed_at >= least($start::timestamp, coalesce($prev_start::timestamp, $start::timestamp))
  )
