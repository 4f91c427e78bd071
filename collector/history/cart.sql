-- What happened to the cart of a visitor since it was last told whole or bought; oldest first.
-- An order counts once, at its first report: what is reported of it later empties no cart.
-- takes: shop varchar, visitor varchar, since timestamp
with bought as (
    select min(ts) as ts, min(request_id) as request_id, min(seq) as seq
    from order_versions
    where shop_id = $shop
      and visitor_id = $visitor
      and event = 'purchase'
    group by order_key
),
changes as (
    select ts, request_id, seq, line, kind, item_id, quantity
    from cart_moves
    where visitor_hash = md5_number_lower($shop || chr(31) || $visitor)::ubigint
      and visitor_id = $visitor
      and shop_id = $shop
      and kind <> 'bought'
      and ts >= $since
    union all
    select ts, request_id, seq, -1 as line, 'purchase' as kind, null as item_id, 0 as quantity
    from bought
    where ts >= $since
)
select kind, line, item_id, quantity
from changes
where ts >= (select coalesce(max(ts), $since::timestamp) from changes where line = -1)
order by ts, request_id, seq, line;
