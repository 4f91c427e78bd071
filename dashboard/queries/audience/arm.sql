-- title: Arm of a test
-- takes: shop varchar, since timestamp, until timestamp, arms varchar[]
-- gives: visitor_id varchar
-- define: Visitors with an event in the days that names one of these arms of a test, without bots. Who was in several arms is in each.
-- rows: 100000000
select distinct visitor_id
from events
where shop_id = $shop
  and ts >= $since
  and ts < $until
  and not bot
  and visitor_id is not null
  and list_contains($arms::varchar[], ab_segment)
