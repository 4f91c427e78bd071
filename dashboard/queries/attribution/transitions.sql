-- title: How visitors went from touch to touch
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, start timestamp, until timestamp
-- gives: before integer, after integer, times bigint, recommended_by varchar, recommended_code varchar
-- define: All journeys of the period, those with an order and those without: touches of one visitor of the kinds of the preset, up to an order or the end of the period, of each the latest 20. State 0 is the beginning, -1 an order, -2 the end without one; the 99 most frequent codes are the states 1 to 99 and all others state 100. The code is that of the state before.
-- rows: 20000
with rules as (
    -- include: attribution/chosen
),
used as (
    select t.visitor_id, t.ts, t.touch_id, t.recommended_by, coalesce(t.recommended_code, '') as recommended_code
    from touches t
    cross join rules r
    where t.shop_id = $shop
      and t.ts >= $start
      and t.ts < $until
      and not t.bot
      and t.family = 'storefront'
      and r.family = 'storefront'
      and (t.kind = 'click' or t.kind = 'add' and r.kinds = 'click_add')
    union all
    select t.visitor_id, t.ts, t.touch_id, t.recommended_by, t.recommended_code
    from (
        -- include: attribution/message_clicks
    ) t
    join rules r
      on r.family = 'message'
    where t.ts >= $start
      and t.ts < $until
),
codes as (
    select
        recommended_by,
        recommended_code,
        least(row_number() over (order by count(*) desc, recommended_by, recommended_code), 100) as state
    from used
    group by recommended_by, recommended_code
),
-- A touch at the moment of an order is before it.
steps as (
    select u.visitor_id, u.ts, 0 as is_order, u.touch_id as step_id, cast(c.state as integer) as state
    from used u
    join codes c
      on c.recommended_by = u.recommended_by
     and c.recommended_code = u.recommended_code
    union all
    select o.visitor_id, o.placed_at, 1, o.order_key, -1
    from orders o
    where o.shop_id = $shop
      and o.placed_at >= $start
      and o.placed_at < $until
      and not o.bot
      and o.visitor_id in (select visitor_id from used)
),
placed as (
    select
        visitor_id,
        state,
        row_number() over in_time as place,
        lag(nullif(state, 0)) over in_time as previous,
        lead(nullif(state, 0)) over in_time as following
    from steps
    window in_time as (partition by visitor_id order by ts, is_order, step_id)
),
counted as (
    select
        state,
        previous,
        following,
        coalesce(
            min(case when state = -1 then place else null end) over (
                partition by visitor_id order by place rows between current row and unbounded following
            ),
            max(place) over (partition by visitor_id) + 1
        ) - place as from_end
    from placed
),
moves as (
    select 0 as before, state as after
    from counted
    where state > 0
      and (from_end = 20 or from_end < 20 and coalesce(previous, -1) = -1)
    union all
    select state, coalesce(following, -2)
    from counted
    where state > 0
      and from_end <= 20
)
select
    m.before,
    m.after,
    count(*) as times,
    c.recommended_by,
    c.recommended_code
from moves m
left join codes c
  on c.state = m.before
 and c.state < 100
group by m.before, m.after, c.recommended_by, c.recommended_code
order by m.before, m.after
