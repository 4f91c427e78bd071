-- title: Orders for the sessions of the day
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: How far, as a share, the orders of a day that is over lie from what its sessions lead to expect: orders divided by sessions of the same weekday in the four weeks before, times its sessions. A day is judged where at least two of those weekdays have sessions and 30 orders are expected; the value of the period is that of its worst day. Robots are left out.
-- seconds: 10
with days as (
    -- include: quality/finished
),
visits as (
    select d.day as day, count(*) as sessions
    from sessions s
    join days d on d.slot = time_bucket(interval 15 minutes, s.started_at)
    where s.shop_id = $shop
      and s.started_at >= $checked_from::timestamp - interval 29 day
      and s.started_at < $until
      and not s.bot
    group by d.day
),
sales as (
    select d.day as day, count(*) as orders
    from orders o
    join days d on d.slot = time_bucket(interval 15 minutes, o.placed_at)
    where o.shop_id = $shop
      and o.placed_at >= $checked_from::timestamp - interval 29 day
      and o.placed_at < $until
      and not o.bot
    group by d.day
),
numbers as (
    select
        d.day as day,
        bool_or(d.checked) as checked,
        any_value(coalesce(v.sessions, 0)) as sessions,
        any_value(coalesce(s.orders, 0)) as orders
    from (select day, checked from days group by day, checked) d
    left join visits v on v.day = d.day
    left join sales s on s.day = d.day
    group by d.day
),
before as (
    select
        n.day as day,
        n.orders as orders,
        n.sessions as sessions,
        count(*) filter (where b.sessions > 0) as weeks,
        sum(b.orders)::double / nullif(sum(b.sessions), 0) * n.sessions as expected
    from numbers n
    left join numbers b
      on b.day < n.day
     and b.day >= n.day - 28
     and date_diff('day', b.day, n.day) % 7 = 0
    where n.checked
    group by n.day, n.orders, n.sessions
)
select
    day,
    case when weeks >= 2 and expected >= 30 then abs(orders / expected - 1) else null end as value,
    orders as found,
    coalesce(round(expected), 0)::bigint as base,
    null::varchar as about,
    []::varchar[] as ids,
    []::varchar[] as said
from before
order by day
