-- title: How far each came
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint
-- gives: session_key varchar, took_2 bigint, took_3 bigint, took_4 bigint, took_5 bigint, took_6 bigint
-- define: Every session (or visitor) with a first step in the period: the session of that step, and the shortest time in milliseconds in which each later step was reached from a first step, in order and within the window; null where it was not. Of two things at one moment a session's beginning is first and an order last, others in the order of their requests and of the events in them.
-- rows: 1000000
with counted as (
    select session_key, visitor_id, started_at as ts, 0 as place, null::uuid as request_id, 0 as seq, 'session' as name
    from sessions
    where shop_id = $shop
      and started_at >= $start
      and started_at < $until::timestamp + interval 1 second * $within
      and not bot
      and list_contains($steps, 'session')
    union all
    select
        session_key,
        visitor_id,
        ts,
        1 as place,
        request_id,
        seq,
        case when event = 'custom' then 'custom:' || custom_name else event end as name
    from events
    where shop_id = $shop
      and ts >= $start
      and ts < $until::timestamp + interval 1 second * $within
      and not bot
      and event <> 'purchase'
      and list_contains($steps, case when event = 'custom' then 'custom:' || custom_name else event end)
    union all
    select session_key, visitor_id, placed_at as ts, 2 as place, event_id as request_id, 0 as seq, 'purchase' as name
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until::timestamp + interval 1 second * $within
      and not bot
      and list_contains($steps, 'purchase')
),
-- A lane is what must hold all steps. Hashes of 64 bits sort several times faster than texts.
laned as (
    select
        hash(case when $unit = 'session' or $window = 'session' then session_key else visitor_id end) as lane,
        hash(case when $unit = 'session' then session_key else visitor_id end) as unit,
        session_key,
        ts,
        place,
        request_id,
        seq,
        list_position($steps, name) as step
    from counted
    where visitor_id is not null
      and (session_key is not null or ($unit <> 'session' and $window <> 'session'))
),
-- `began` is the last first step before a row: the one that leaves most time.
placed as materialized (
    select
        lane,
        unit,
        session_key,
        ts,
        step,
        row_number() over (partition by lane order by ts, place, request_id, seq) as pos,
        max(case when step = 1 and ts < $until then ts else null end) over (
            partition by lane
            order by ts, place, request_id, seq
            rows between unbounded preceding and 1 preceding
        ) as began
    from laned
),
second as materialized (
    select lane, unit, pos, ts, began
    from placed
    where step = list_position($steps, $steps[2])
      and ts <= began + interval 1 second * $within
),
third as materialized (
    select e.lane, e.unit, e.pos, e.ts, s.began
    from (select * from placed where step = list_position($steps, $steps[3])) e
    asof join (
        select *
        from second
        where lane in (select lane from placed where step = list_position($steps, $steps[3]))
    ) s
      on s.lane = e.lane
     and s.pos < e.pos
    where e.ts <= s.began + interval 1 second * $within
),
fourth as materialized (
    select e.lane, e.unit, e.pos, e.ts, s.began
    from (select * from placed where step = list_position($steps, $steps[4])) e
    asof join third s
      on s.lane = e.lane
     and s.pos < e.pos
    where e.ts <= s.began + interval 1 second * $within
),
fifth as materialized (
    select e.lane, e.unit, e.pos, e.ts, s.began
    from (select * from placed where step = list_position($steps, $steps[5])) e
    asof join fourth s
      on s.lane = e.lane
     and s.pos < e.pos
    where e.ts <= s.began + interval 1 second * $within
),
sixth as (
    select e.unit, e.ts, s.began
    from (select * from placed where step = list_position($steps, $steps[6])) e
    asof join fifth s
      on s.lane = e.lane
     and s.pos < e.pos
    where e.ts <= s.began + interval 1 second * $within
),
reaching as (
    select unit, 1 as step, null::bigint as took, session_key, ts
    from placed
    where step = 1
      and ts < $until
    union all
    select unit, 2 as step, date_diff('millisecond', began, ts) as took, null as session_key, null as ts from second
    union all
    select unit, 3 as step, date_diff('millisecond', began, ts) as took, null as session_key, null as ts from third
    union all
    select unit, 4 as step, date_diff('millisecond', began, ts) as took, null as session_key, null as ts from fourth
    union all
    select unit, 5 as step, date_diff('millisecond', began, ts) as took, null as session_key, null as ts from fifth
    union all
    select unit, 6 as step, date_diff('millisecond', began, ts) as took, null as session_key, null as ts from sixth
)
select
    arg_min(session_key, (ts, session_key)) filter (where step = 1) as session_key,
    min(took) filter (where step = 2) as took_2,
    min(took) filter (where step = 3) as took_3,
    min(took) filter (where step = 4) as took_4,
    min(took) filter (where step = 5) as took_5,
    min(took) filter (where step = 6) as took_6
from reaching
group by unit
