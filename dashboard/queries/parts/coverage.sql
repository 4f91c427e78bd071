-- title: Coverage
-- takes: shop varchar, currency varchar, start timestamp, until timestamp
-- gives: orders bigint, attributable bigint, coverage double, apart bigint
-- define: Orders of the period, and those whose visitor is known: only they can be attributed. Apart are orders in another currency than the shop's, whose amounts are not added; where the page converts, those without a rate of their day.
select
    count(*) as orders,
    count(visitor_id) as attributable,
    count(visitor_id)::double / nullif(count(*), 0) as coverage,
    count(*) filter (where currency <> $currency) as apart
from orders
where shop_id = $shop
  and not bot
  and placed_at >= $start
  and placed_at < $until
