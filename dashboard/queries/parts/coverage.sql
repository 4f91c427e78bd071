-- title: Coverage
-- takes: shop varchar, start timestamp, until timestamp
-- gives: orders bigint, attributable bigint, coverage double
-- define: Orders of the period, and those whose visitor is known: only they can be attributed.
select
    count(*) as orders,
    count(visitor_id) as attributable,
    count(visitor_id)::double / nullif(count(*), 0) as coverage
from orders
where shop_id = $shop
  and not bot
  and placed_at >= $start
  and placed_at < $until
