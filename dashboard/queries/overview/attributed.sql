-- title: Attributed share
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, start timestamp, until timestamp, zone varchar, id varchar, currency varchar
-- gives: attributed decimal, revenue decimal, share double
-- define: Revenue of order lines credited to a tool, and its share of the revenue of all orders in the shop's currency, those that name no line included, by the preset and model of the page.
with credits as (
    -- include: attribution/credits
),
credited as (
    select sum(earned) as attributed
    from credits
    where currency = $currency
),
placed as (
    select sum(revenue) as revenue
    from (
        -- include: attribution/valued
    ) valued
    where currency = $currency
)
select
    case when p.revenue is null then null else coalesce(c.attributed, 0) end::decimal(18, 4) as attributed,
    p.revenue::decimal(18, 4) as revenue,
    case when p.revenue is null then null else coalesce(c.attributed, 0) end::double
        / nullif(p.revenue, 0)::double as share
from placed p
cross join credited c
