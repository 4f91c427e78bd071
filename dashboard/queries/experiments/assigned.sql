-- title: Visitors and their arm
-- takes: shop varchar, start timestamp, until timestamp
-- gives: visitor_id varchar, arm varchar, since timestamp, mixed boolean
-- define: Every visitor with an event in the period that names an arm of a test, without bots, and since when in the period; mixed are those with events of several arms.
-- rows: 100000000
select
    visitor_id,
    min(ab_segment) as arm,
    min(ts) as since,
    min(ab_segment) <> max(ab_segment) as mixed
from events
where shop_id = $shop
  and ts >= $start
  and ts < $until
  and not bot
  and ab_segment is not null
  and visitor_id is not null
group by visitor_id
