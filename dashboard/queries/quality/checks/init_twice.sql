-- title: Pages that start the script twice
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events that told of a second start of the script on their page, for each page view received that day; robots are left out.
-- shares: quality/counted
-- seconds: 10
with days as (
    -- include: quality/days
),
counted as (
    -- include: quality/counted
)
select
    d.day as day,
    c.twice::double / nullif(c.pages, 0) as value,
    coalesce(c.twice, 0) as found,
    coalesce(c.pages, 0) as base,
    null::varchar as about,
    coalesce(c.twice_ids, []) as ids,
    coalesce(c.twice_said, []) as said
from (select day from days group by day) d
left join counted c on c.day = d.day
order by d.day
