-- title: One order number, several totals
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Orders placed that day of which reports came with different totals, of all orders placed that day; the last valid report counts. A change of status is no other total. Robots are left out.
-- seconds: 10
with days as (
    -- include: quality/days
),
placed as (
    select d.day as day, o.order_key, o.placed_at
    from orders o
    join days d on d.slot = time_bucket(interval 15 minutes, o.placed_at)
    where o.shop_id = $shop
      and o.placed_at >= $checked_from
      and o.placed_at < $until
      and not o.bot
),
told as (
    select
        order_key,
        count(distinct "value") as totals,
        min("value")::varchar || ' – ' || max("value")::varchar as said
    from order_versions
    where shop_id = $shop
      and event = 'purchase'
      and not is_line
      and order_key in (select order_key from placed)
    group by order_key
),
numbers as (
    select
        p.day as day,
        count(*) filter (where t.totals > 1) as found,
        count(*) as base,
        arg_max(p.order_key, (p.placed_at, p.order_key), 5) filter (where t.totals > 1) as ids,
        arg_max(t.said, (p.placed_at, p.order_key), 5) filter (where t.totals > 1) as said
    from placed p
    left join told t on t.order_key = p.order_key
    group by p.day
)
select
    d.day as day,
    n.found::double / nullif(n.base, 0) as value,
    coalesce(n.found, 0) as found,
    coalesce(n.base, 0) as base,
    null::varchar as about,
    coalesce(n.ids, []) as ids,
    coalesce(n.said, []) as said
from (select day from days group by day) d
left join numbers n on n.day = d.day
order by d.day
