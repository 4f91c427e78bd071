-- title: Direct revenue of each tool, step by step
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, zone varchar, grain varchar, gap_s bigint, id varchar, tab varchar, tool varchar, code varchar
-- gives: step timestamp, place bigint, recommended_by varchar, recommended_code varchar, revenue decimal(38, 4), immature boolean
-- shares: recommendations/chosen
-- define: Revenue of order lines credited to each tool (or code) by the local hour or day of the order, in the shop's own currency: the six that earn most by place, all others together at place 7 without a name. A step without any has one row without a place. A step is immature while a touch in it can still earn: younger than the window of the preset, than the shop's session gap where that is the session, or of this very day where that is the calendar day.
with steps as (
    -- include: parts/steps
),
rule as (
    -- include: attribution/chosen
),
marked as (
    select
        s.step,
        max(case
            when r.span = 'time' and s.slot + interval 15 minute > $now::timestamp - r.reach then 1
            when r.span = 'day' and s.step >= date_trunc('day', timezone($zone, timezone('UTC', $now::timestamp))) then 1
            when r.span in ('session', 'run')
             and s.slot + interval 15 minute > $now::timestamp - cast($gap_s as integer) * interval 1 second then 1
            else 0
        end) = 1 as immature
    from steps s
    left join rule r
      on true
    group by s.step
),
earned as (
    select
        s.step,
        c.recommended_by,
        c.recommended_code,
        sum(c.earned) as revenue
    from (
        -- include: recommendations/chosen
    ) c
    join steps s
      on s.slot = time_bucket(interval 15 minutes, c.placed_at)
    where c.part = 'tool'
      and c.currency = $currency
    group by s.step, c.recommended_by, c.recommended_code
),
places as (
    select
        recommended_by,
        recommended_code,
        least(row_number() over (order by sum(revenue) desc, recommended_by, recommended_code), 7) as place
    from earned
    group by recommended_by, recommended_code
),
layers as (
    select
        e.step,
        p.place,
        case when p.place = 7 then null else e.recommended_by end as recommended_by,
        case when p.place = 7 then null else e.recommended_code end as recommended_code,
        sum(e.revenue) as revenue
    from earned e
    join places p
      on p.recommended_by = e.recommended_by
     and p.recommended_code = e.recommended_code
    group by all
)
select s.step, l.place, l.recommended_by, l.recommended_code, coalesce(l.revenue, 0) as revenue, s.immature
from marked s
left join layers l
  on l.step = s.step
order by s.step, l.place
