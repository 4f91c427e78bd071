-- title: Step by step
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint
-- gives: step bigint, name varchar, units bigint, of_first double, of_previous double, lost bigint, median_seconds double
-- shares: funnels/reached
-- seconds: 15
-- define: Sessions (or visitors) that took the first step in the period, and how many of them took each later step after the one before it, within the window from a first step; shares of the first step and of the previous one, how many were lost between, and the median of the shortest time from a first step. Bots are left out.
with reached as (
    -- include: funnels/reached
),
numbers as (
    select
        count(*) as units_1,
        count(took_2) as units_2,
        count(took_3) as units_3,
        count(took_4) as units_4,
        count(took_5) as units_5,
        count(took_6) as units_6,
        quantile_cont(took_2, 0.5) / 1000 as median_2,
        quantile_cont(took_3, 0.5) / 1000 as median_3,
        quantile_cont(took_4, 0.5) / 1000 as median_4,
        quantile_cont(took_5, 0.5) / 1000 as median_5,
        quantile_cont(took_6, 0.5) / 1000 as median_6
    from reached
),
rungs as (
    select 1 as step, null::bigint as before, units_1 as units, null::double as median_seconds from numbers
    union all
    select 2 as step, units_1 as before, units_2 as units, median_2 as median_seconds from numbers
    union all
    select 3 as step, units_2 as before, units_3 as units, median_3 as median_seconds from numbers
    union all
    select 4 as step, units_3 as before, units_4 as units, median_4 as median_seconds from numbers
    union all
    select 5 as step, units_4 as before, units_5 as units, median_5 as median_seconds from numbers
    union all
    select 6 as step, units_5 as before, units_6 as units, median_6 as median_seconds from numbers
)
select
    r.step::bigint as step,
    $steps[r.step] as name,
    r.units,
    r.units::double / nullif(n.units_1, 0) as of_first,
    r.units::double / nullif(r.before, 0) as of_previous,
    r.before - r.units as lost,
    r.median_seconds
from rungs r
cross join numbers n
where r.step <= len($steps)
order by r.step
