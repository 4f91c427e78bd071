-- title: Whether anything ever came
-- takes: shop varchar
-- gives: last_at timestamp
-- define: The moment at which the last event of the shop was received that is stored; none while the shop waits for its first.
select max(received_at) as last_at
from events
where shop_id = $shop
