-- title: Orders now against the same hours of the last four weeks
-- takes: shop varchar, now timestamp, zone varchar
-- gives: hours bigint, orders bigint, expected double, weeks bigint
-- define: Orders of the last so many hours, beside the mean of the same hours of the same weekdays of up to four weeks before, as far as the shop was seen by then. No purchases is alarmed where so few, or fewer, would come by chance in less than one of a thousand such windows (Poisson); it is judged over the shortest window in which nothing at all would be alarming, 24 hours at most.
with windows as (
    select unnest([1, 2, 3, 4, 6, 8, 12, 18, 24])::bigint as hours
),
weeks as (
    select
        week,
        timezone('UTC', timezone(
            $zone, timezone($zone, timezone('UTC', $now::timestamp)) - week * interval 7 days
        )) as ends
    from (select unnest([0, 1, 2, 3, 4]) as week) as counted
),
spans as (
    select
        windows.hours as hours,
        weeks.week as week,
        weeks.ends - windows.hours * interval 1 hour as starts,
        weeks.ends as ends
    from windows
    cross join weeks
),
known as (
    select min(started_at) as since
    from sessions
    where shop_id = $shop
      and not bot
),
placed as (
    select placed_at
    from orders
    where shop_id = $shop
      and not bot
      and placed_at >= $now::timestamp - interval 31 days
      and placed_at < $now
),
counted as (
    select
        spans.hours as hours,
        spans.week as week,
        (select since from known) <= spans.starts as seen,
        count(placed.placed_at) as orders
    from spans
    left join placed on placed.placed_at >= spans.starts and placed.placed_at < spans.ends
    group by spans.hours, spans.week, spans.starts
)
select
    hours,
    coalesce(sum(orders) filter (where week = 0), 0)::bigint as orders,
    avg(orders) filter (where week > 0 and seen) as expected,
    count(*) filter (where week > 0 and seen) as weeks
from counted
group by hours
order by hours
