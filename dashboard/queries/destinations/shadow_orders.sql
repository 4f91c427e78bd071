-- title: Orders here, and what a rule credits of each
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: order_key varchar, number varchar, placed_at timestamp, revenue decimal(18, 4), currency varchar, credited decimal(38, 4)
-- define: Orders of the days without bots, each with its number, its revenue as the rule values it and the part of it that the rule credits to tools of the platform, whichever vendor's they are.
-- seconds: 10
-- rows: 1000000
with credited as (
    select order_key, sum(earned) as earned
    from (
        -- include: attribution/credits
    ) credits
    where touch_id is not null
    group by order_key
)
select
    v.order_key,
    coalesce(o.transaction_id, v.order_key) as number,
    v.placed_at,
    v.revenue,
    v.currency,
    cast(coalesce(c.earned, 0) as decimal(38, 4)) as credited
from (
    -- include: attribution/valued
) v
join orders o
  on o.shop_id = $shop
 and o.order_key = v.order_key
left join credited c
  on c.order_key = v.order_key
order by v.placed_at, v.order_key
