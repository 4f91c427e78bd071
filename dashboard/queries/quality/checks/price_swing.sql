-- title: Prices that change within a day
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar, currency varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Products whose highest viewed price of the day is more than a tenth above the lowest, in one currency, of all products viewed with a price that day; robots and prices of 0 are left out.
-- seconds: 10
with days as (
    -- include: quality/days
),
prices as (
    -- include: quality/viewed_prices
),
numbers as (
    select
        day,
        count(*) filter (where high > low * 1.1) as found,
        count(*) as base,
        arg_max(item_id, (high / low, item_id, currency), 5) filter (where high > low * 1.1) as ids,
        arg_max(item_id || ': ' || low::varchar || ' – ' || high::varchar, (high / low, item_id, currency), 5)
            filter (where high > low * 1.1) as said
    from prices
    group by day
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
