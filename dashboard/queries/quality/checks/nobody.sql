-- title: Events of nobody
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events that belong to no visitor (refused consent, Global Privacy Control, or no device, customer, e-mail or phone at all), of all events received that day; robots and imported history are left out.
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
    c.nobody::double / nullif(c.people, 0) as value,
    coalesce(c.nobody, 0) as found,
    coalesce(c.people, 0) as base,
    null::varchar as about,
    coalesce(c.nobody_ids, []) as ids,
    coalesce(c.nobody_said, []) as said
from (select day from days group by day) d
left join counted c on c.day = d.day
order by d.day
