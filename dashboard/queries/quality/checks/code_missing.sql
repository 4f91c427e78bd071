-- title: Tools without a code
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events that name a tool and no code, of all events received that day that name a tool; robots are left out.
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
    c.codeless::double / nullif(c.tools, 0) as value,
    coalesce(c.codeless, 0) as found,
    coalesce(c.tools, 0) as base,
    null::varchar as about,
    coalesce(c.codeless_ids, []) as ids,
    coalesce(c.codeless_said, []) as said
from (select day from days group by day) d
left join counted c on c.day = d.day
order by d.day
