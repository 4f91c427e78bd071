-- title: What fell most
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Per day that is over the one of all parts that fell most against the same weekday in the four weeks before, after the change of all other parts is taken out; parts of which fewer are expected than they tell as least, and days with fewer than two such weekdays, are not judged.
with days as (
    -- include: quality/finished
),
counted as (
    select d.day as day, m.name as name, sum(m.seen) as seen, max(m.least) as least
    from (
        -- include: quality/browsers
    ) m
    join days d on d.slot = m.slot
    group by d.day, m.name
),
totals as (
    select d.day as day, bool_or(d.checked) as checked, coalesce(any_value(c.seen), 0) as seen
    from (select day, checked from days group by day, checked) d
    left join (select day, sum(seen) as seen from counted group by day) c on c.day = d.day
    group by d.day
),
weekdays as (
    select n.day as day, n.seen as seen, b.day as before, b.seen as seen_before
    from totals n
    join totals b
      on b.day < n.day
     and b.day >= n.day - 28
     and date_diff('day', b.day, n.day) % 7 = 0
    where n.checked
      and b.seen > 0
),
known as (
    select day, any_value(seen) as seen, count(*) as weeks, sum(seen_before) as seen_before
    from weekdays
    group by day
    having count(*) >= 2
),
parts as (
    select w.day as day, c.name as name, sum(c.seen) as part_before, max(c.least) as least
    from weekdays w
    join counted c on c.day = w.before
    group by w.day, c.name
),
compared as (
    select
        p.day as day,
        p.name as name,
        p.least as least,
        coalesce(c.seen, 0) as part,
        p.part_before / k.weeks::double * coalesce(
            (k.seen - coalesce(c.seen, 0)) / nullif((k.seen_before - p.part_before) / k.weeks::double, 0), 1
        ) as expected
    from parts p
    join known k on k.day = p.day
    left join counted c on c.day = p.day and c.name = p.name
),
worst as (
    select
        day,
        max(greatest(1 - part / expected, 0)) as value,
        arg_max(name, (1 - part / expected, name)) as name,
        arg_max(part, (1 - part / expected, name)) as part,
        arg_max(expected, (1 - part / expected, name)) as expected
    from compared
    where expected >= least
    group by day
)
select
    t.day as day,
    w.value as value,
    coalesce(w.part, 0)::bigint as found,
    coalesce(round(w.expected), 0)::bigint as base,
    w.name as about,
    []::varchar[] as ids,
    []::varchar[] as said
from totals t
left join worst w on w.day = t.day
where t.checked
