-- title: Amounts that differ from the shop's export
-- takes: checked_from timestamp, until timestamp, now timestamp, zone varchar, reconciled_days varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Orders whose amount differs from that of the shop's own export, of all orders in both, by the day of the order in the export; each day as its latest reconciliation found it.
with days as (
    -- include: quality/days
),
compared as (
    select one.day as day, one.differs as found, one.both as base
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
