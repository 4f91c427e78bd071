-- title: Events here by day
-- takes: shop varchar, start timestamp, until timestamp, zone varchar, began timestamp
-- gives: day date, events bigint, early bigint
-- define: Stored events of each day of the shop's clock, and how many of them were received before the destination began.
select
    cast(timezone($zone, timezone('UTC', ts)) as date) as day,
    count(*) as events,
    count(*) filter (where received_at < $began::timestamp) as early
from events
where shop_id = $shop
  and ts >= $start
  and ts < $until
group by day
order by day
