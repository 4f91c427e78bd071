-- title: Attributed share
-- takes: preset varchar, model varchar, shop varchar, start timestamp, until timestamp, id varchar, currency varchar
-- gives: attributed decimal, revenue decimal, share double
-- define: Revenue of order lines credited to a tool, and its share of the revenue of all lines, by the preset and model of the page.
with credits as (
    -- include: attribution/credits
)
select
    sum(revenue * weight)::decimal(18, 4) as attributed,
    sum(case when weight = 0 then revenue else revenue * weight end)::decimal(18, 4) as revenue,
    sum(revenue * weight)::double
        / nullif(sum(case when weight = 0 then revenue else revenue * weight end), 0)::double as share
from credits
where currency in ('', $currency)
