-- title: Events lost by queues
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events that browsers had to give up because they could not be sent for too long, of those and all events received that day; a million at most is believed of one report. Reports that never arrived are not in it.
-- shares: quality/counted
-- seconds: 10
with days as (
    -- include: quality/days
),
counted as (
    -- include: quality/counted
),
given_up as (
    select
        d.day as day,
        sum(l.lost)::bigint as lost,
        arg_max(l.request_id::varchar, (l.ts, l.request_id), 5) as ids,
        arg_max(l.lost::varchar, (l.ts, l.request_id), 5) as said
    from losses l
    join days d on d.slot = time_bucket(interval 15 minutes, l.ts)
    where l.shop_id = $shop
      and l.ts >= $checked_from
      and l.ts < $until
    group by d.day
),
numbers as (
    select
        d.day as day,
        coalesce(g.lost, 0) as found,
        coalesce(c.people, 0) + coalesce(g.lost, 0) as base,
        coalesce(g.ids, []) as ids,
        coalesce(g.said, []) as said
    from (select day from days group by day) d
    left join counted c on c.day = d.day
    left join given_up g on g.day = d.day
)
select
    day,
    found::double / nullif(base, 0) as value,
    found,
    base,
    null::varchar as about,
    ids,
    said
from numbers
order by day
