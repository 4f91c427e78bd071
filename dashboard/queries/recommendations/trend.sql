-- title: Direct revenue of each tool, step by step
-- takes: preset varchar, model varchar, shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, zone varchar, grain varchar, id varchar, tab varchar, tool varchar, code varchar
-- gives: step timestamp, recommended_by varchar, recommended_code varchar, orders bigint, revenue decimal(38, 4)
-- define: Revenue of order lines credited to each tool (or code) by the local hour or day of the order, in the shop's own currency; a step without any has one row without a tool.
with steps as (
    -- include: parts/steps
),
earned as (
    select
        s.step,
        c.recommended_by,
        c.recommended_code,
        count(distinct c.order_key) as orders,
        sum(c.earned) as revenue
    from (
        -- include: recommendations/chosen
    ) c
    join steps s
      on s.slot = time_bucket(interval 15 minutes, c.placed_at)
    where c.part = 'tool'
      and c.currency = $currency
    group by s.step, c.recommended_by, c.recommended_code
)
select
    s.step,
    e.recommended_by,
    e.recommended_code,
    coalesce(e.orders, 0) as orders,
    coalesce(e.revenue, 0) as revenue
from (select distinct step from steps) s
left join earned e
  on e.step = s.step
order by s.step, e.recommended_by, e.recommended_code
