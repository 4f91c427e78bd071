-- title: Step by step, in a segment and out of it
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint
-- gives: inside boolean, units_1 bigint, units_2 bigint, units_3 bigint, units_4 bigint, units_5 bigint, units_6 bigint, converted double
-- seconds: 15
-- define: The same counts of the chosen saved segment and of everybody else, by the visitor of the session in which the first step of the period was taken; unknown where that lies outside any session. Members are those of this moment. The rows sum to the steps. Converted is the last step divided by the first.
with reached as (
    -- include: funnels/reached
),
members as (
    -- include: parts/apart
),
told as (
    select session_key, bool_or(visitor_id in (select visitor_id from members)) as inside
    from sessions
    where shop_id = $shop
      and ended_at >= $start
      and started_at < $until
      and not bot
    group by session_key
),
numbers as (
    select
        t.inside as inside,
        count(*) as units_1,
        count(r.took_2) as units_2,
        count(r.took_3) as units_3,
        count(r.took_4) as units_4,
        count(r.took_5) as units_5,
        count(r.took_6) as units_6
    from reached r
    left join told t on t.session_key = r.session_key
    group by t.inside
)
select
    inside,
    units_1,
    units_2,
    units_3,
    units_4,
    units_5,
    units_6,
    case len($steps)
        when 2 then units_2
        when 3 then units_3
        when 4 then units_4
        when 5 then units_5
        else units_6
    end::double / nullif(units_1, 0) as converted
from numbers
order by inside desc nulls last
