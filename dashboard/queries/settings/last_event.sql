-- title: The last event
-- takes: shop varchar, now timestamp
-- gives: last_at timestamp
-- define: When the last accepted event of a person was received, within the last eight days; unknown where there was none. Events of bots and what was refused do not break a silence.
select max(received_at) as last_at
from events
where shop_id = $shop
  and not bot
  and received_at >= $now::timestamp - interval 8 days
  and received_at <= $now::timestamp + interval 1 day
