-- How many orders there are to bring products together.
-- takes: shop varchar, since timestamp
select count(*) as orders
from feed_orders
where shop_id = $shop
  and placed_at >= $since;
