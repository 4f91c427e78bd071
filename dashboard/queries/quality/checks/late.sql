-- title: Late events
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events that arrived an hour or more after they happened, of all events received that day with a time of their own; robots and imported history are left out.
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
    c.late::double / nullif(c.punctual, 0) as value,
    coalesce(c.late, 0) as found,
    coalesce(c.punctual, 0) as base,
    null::varchar as about,
    coalesce(c.late_ids, []) as ids,
    coalesce(c.late_said, []) as said
from (select day from days group by day) d
left join counted c on c.day = d.day
order by d.day
