-- title: Orders of the shop's export that are missing here
-- takes: checked_from timestamp, until timestamp, now timestamp, zone varchar, reconciled_days varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Orders of the shop's own export that are not stored here, of all orders of the export, by the day of the order in the export; each day as its latest reconciliation found it.
with days as (
    -- include: quality/days
),
compared as (
    select one.day as day, one.missing as found, one.there as base
    from (
        select unnest(from_json(
            $reconciled_days::varchar,
            '[{"day":"DATE","both":"BIGINT","differs":"BIGINT","there":"BIGINT","missing":"BIGINT"}]'
        )) as one
    ) told
)
select
    d.day as day,
    c.found::double / nullif(c.base, 0) as value,
    coalesce(c.found, 0) as found,
    coalesce(c.base, 0) as base,
    null::varchar as about,
    []::varchar[] as ids,
    []::varchar[] as said
from (select day from days group by day) d
left join compared c on c.day = d.day
order by d.day
