-- title: Direct revenue of each tool, step by step
-- takes: preset varchar, model varchar, shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, zone varchar, grain varchar, id varchar, tab varchar, tool varchar, code varchar
-- gives: step timestamp, place bigint, recommended_by varchar, recommended_code varchar, revenue decimal(38, 4)
-- shares: recommendations/chosen
-- define: Revenue of order lines credited to each tool (or code) by the local hour or day of the order, in the shop's own currency: the six that earn most by place, all others together at place 7 without a name. A step without any has one row without a place.
with steps as (
    -- include: parts/steps
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
select s.step, l.place, l.recommended_by, l.recommended_code, coalesce(l.revenue, 0) as revenue
from (select distinct step from steps) s
left join layers l
  on l.step = s.step
order by s.step, l.place
