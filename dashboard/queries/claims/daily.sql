-- title: What each rule credits, to be added up
-- takes: own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, currency varchar, revenue decimal(38, 4), all_orders bigint, attributed decimal(38, 4), orders bigint
-- define: Per preset and currency the revenue of the period's orders as the preset values it, how many they are, the part of it that is credited to a tool and the orders with any credit. An order belongs to the day on which it was placed, so that days add up to a period.
-- presets: all
-- settles: day
with presets as materialized (
    -- include: attribution/presets
),
placed as (
    select preset, currency, sum(revenue) as revenue, count(*) as all_orders
    from (
        -- include: attribution/valued with attribution/chosen as presets
    ) valued
    group by preset, currency
),
credited as (
    select preset, currency, sum(earned) as attributed, count(distinct order_key) as orders
    from (
        -- include: attribution/credits with attribution/chosen as presets
    ) credits
    where touch_id is not null
    group by preset, currency
)
select
    p.preset,
    p.currency,
    p.revenue,
    p.all_orders,
    coalesce(c.attributed, 0) as attributed,
    coalesce(c.orders, 0) as orders
from placed p
left join credited c
  on c.preset = p.preset
 and c.currency = p.currency
