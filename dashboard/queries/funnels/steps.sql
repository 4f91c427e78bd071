-- title: Step by step
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint
-- gives: step bigint, name varchar, units bigint, of_first double, of_previous double, lost bigint, quarter_seconds double, median_seconds double, three_quarters_seconds double
-- shares: funnels/sources
-- seconds: 15
-- define: Sessions (or visitors) that took the first step in the period, and how many of them took each later step after the one before it, within the window from a first step; shares of the first step and of the previous one, how many were lost between, and quartiles and median of the shortest time from a first step. Bots are left out.
with reached as (
    -- include: funnels/sources
),
numbers as (
    select
        count(*) as units_1,
        count(took_2) as units_2,
        count(took_3) as units_3,
        count(took_4) as units_4,
        count(took_5) as units_5,
        count(took_6) as units_6,
        quantile_cont(took_2, [0.25, 0.5, 0.75]) as times_2,
        quantile_cont(took_3, [0.25, 0.5, 0.75]) as times_3,
        quantile_cont(took_4, [0.25, 0.5, 0.75]) as times_4,
        quantile_cont(took_5, [0.25, 0.5, 0.75]) as times_5,
        quantile_cont(took_6, [0.25, 0.5, 0.75]) as times_6
    from reached
),
rungs as (
    select 1 as step, null::bigint as before, units_1 as units, null::double[] as times from numbers
    union all
    select 2 as step, units_1 as before, units_2 as units, times_2 as times from numbers
    union all
    select 3 as step, units_2 as before, units_3 as units, times_3 as times from numbers
    union all
    select 4 as step, units_3 as before, units_4 as units, times_4 as times from numbers
    union all
    select 5 as step, units_4 as before, units_5 as units, times_5 as times from numbers
    union all
    select 6 as step, units_5 as before, units_6 as units, times_6 as times from numbers
)
select
    r.step::bigint as step,
    $steps[r.step] as name,
    r.units,
    r.units::double / nullif(n.units_1, 0) as of_first,
    r.units::double / nullif(r.before, 0) as of_previous,
    r.before - r.units as lost,
    r.times[1] / 1000 as quarter_seconds,
    r.times[2] / 1000 as median_seconds,
    r.times[3] / 1000 as three_quarters_seconds
from rungs r
cross join numbers n
where r.step <= len($steps)
order by r.step
