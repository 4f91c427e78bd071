-- title: Clocks that are wrong
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events whose own time was no time, or too far off to be believed, so that the time of arrival was taken, of all events received that day that brought a time; robots and imported history are left out.
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
    c.skewed::double / nullif(c.timed, 0) as value,
    coalesce(c.skewed, 0) as found,
    coalesce(c.timed, 0) as base,
    null::varchar as about,
    coalesce(c.skewed_ids, []) as ids,
    coalesce(c.skewed_said, []) as said
from (select day from days group by day) d
left join counted c on c.day = d.day
order by d.day
