-- title: Who comes back
-- takes: shop varchar, start timestamp, until timestamp, now timestamp, zone varchar, tab varchar
-- gives: cohort date, age bigint, size bigint, returned bigint, share double, complete boolean
-- define: Visitors by the local week (from Monday) or month of their first visit or first order ever, and how many of them came or ordered again so many weeks or months later, each counted once a week or month; 0 is again in the very same one. An order at most five minutes after the first is part of it. Cancelled orders count, bots do not. A cell is complete when its week or month is over. At most 52 later weeks or months are counted.
-- A visitor's hash is found several times faster than the text.
with acts as (
    select hash(visitor_id) as person, started_at as ts
    from sessions
    where $tab not in ('order_week', 'order_month')
      and shop_id = $shop
      and not bot
      and started_at <= $now
    union all
    select hash(visitor_id), placed_at
    from orders
    where $tab in ('order_week', 'order_month')
      and shop_id = $shop
      and visitor_id is not null
      and not bot
      and placed_at <= $now
),
grains as (
    select case when $tab in ('visit_month', 'order_month') then 'month' else 'week' end as grain
),
edges as (
    select
        grain,
        timezone('UTC', timezone($zone,
            date_trunc(grain, timezone($zone, timezone('UTC', $start::timestamp)))::date::timestamp
        )) as lowest,
        timezone($zone, timezone('UTC', $now::timestamp)) as local_now
    from grains
),
-- Every quarter of an hour with its week or month, so that the clock of the shop is asked once a slot.
slots as (
    select
        slot,
        date_trunc(e.grain, timezone($zone, timezone('UTC', slot)))::date as step
    from (select grain, unnest(generate_series(lowest, $now::timestamp, interval 15 minutes)) as slot from edges) e
),
firsts as (
    select a.person, a.first_ts, s.step as cohort
    from (select person, min(ts) as first_ts from acts group by person) a
    join slots s
      on s.slot = time_bucket(interval 15 minutes, a.first_ts)
),
again as (
    select cohort, step, count(*) as returned
    from (
        select distinct f.cohort, s.step, a.person
        from acts a
        join firsts f
          on f.person = a.person
        join slots s
          on s.slot = time_bucket(interval 15 minutes, a.ts)
        where a.ts > f.first_ts
            + case when $tab in ('order_week', 'order_month') then interval 5 minutes else interval 0 minutes end
    ) came
    group by cohort, step
),
sizes as (
    select cohort, count(*) as size
    from firsts
    group by cohort
),
steps as (
    select distinct step
    from slots
),
cells as (
    select
        c.step as cohort,
        s.step,
        date_diff(e.grain, c.step, s.step) as age,
        s.step::timestamp
            + case when e.grain = 'month' then interval 1 month else interval 7 days end <= e.local_now as complete
    from steps c
    cross join steps s
    cross join edges e
    where s.step >= c.step
      and timezone('UTC', timezone($zone, c.step::timestamp)) < $until
)
select
    c.cohort,
    c.age,
    coalesce(z.size, 0) as size,
    coalesce(a.returned, 0) as returned,
    coalesce(a.returned, 0)::double / z.size as share,
    c.complete
from cells c
left join sizes z
  on z.cohort = c.cohort
left join again a
  on a.cohort = c.cohort
 and a.step = c.step
where c.age <= 52
order by c.cohort, c.age
