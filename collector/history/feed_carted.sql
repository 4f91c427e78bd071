-- What a visitor put into the cart, took out of it and bought; newest first.
-- takes: shop varchar, visitor varchar, since timestamp, most bigint
select ts, kind, item_id, quantity, event_id
from cart_moves
where visitor_hash = md5_number_lower($shop || chr(31) || $visitor)::ubigint
  and visitor_id = $visitor
  and shop_id = $shop
  and ts >= $since
order by ts desc, request_id desc, seq desc, line desc
limit $most;
