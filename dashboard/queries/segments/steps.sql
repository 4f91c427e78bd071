-- title: What the steps mean
-- takes: shop varchar, currency varchar, method varchar, window_start timestamp, window_until timestamp
-- gives: step integer, r_visitors bigint, days_from bigint, days_to bigint, f_visitors bigint, orders_from bigint, orders_to bigint, m_visitors bigint, revenue_from decimal(38, 4), revenue_to decimal(38, 4)
-- define: The least and the greatest value of the buyers of each step: days since the last order, orders, and booked revenue in the shop's currency.
-- shares: segments/scored
with scored as (
    -- include: segments/scored
),
recent as (
    select r as step, count(*) as visitors, min(days) as low, max(days) as high from scored group by r
),
frequent as (
    select f as step, count(*) as visitors, min(orders) as low, max(orders) as high from scored group by f
),
spent as (
    select m as step, count(*) as visitors, min(revenue) as low, max(revenue) as high from scored group by m
)
select
    cast(all_steps.step as integer) as step,
    coalesce(recent.visitors, 0) as r_visitors,
    recent.low as days_from,
    recent.high as days_to,
    coalesce(frequent.visitors, 0) as f_visitors,
    frequent.low as orders_from,
    frequent.high as orders_to,
    coalesce(spent.visitors, 0) as m_visitors,
    cast(spent.low as decimal(38, 4)) as revenue_from,
    cast(spent.high as decimal(38, 4)) as revenue_to
from (values (1), (2), (3), (4), (5)) as all_steps(step)
left join recent on recent.step = all_steps.step
left join frequent on frequent.step = all_steps.step
left join spent on spent.step = all_steps.step
where (select count(*) from scored) > 0
order by all_steps.step desc
