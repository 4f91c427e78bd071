-- title: The period step by step
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp, prev_until timestamp, now timestamp, zone varchar, grain varchar, shift_days bigint, currency varchar
-- gives: step timestamp, revenue decimal, orders bigint, sessions bigint, conversion double, aov decimal, prev_revenue decimal, prev_orders bigint, prev_sessions bigint, prev_conversion double, prev_aov decimal
-- define: The same numbers by local hour or day; the comparison stands at the step with the same weekday and time, and a step that is not over is compared up to the same moment.
with steps as (
    -- include: parts/steps
),
steps_before as (
    -- include: parts/steps_before
),
all_slots as (
    select slot, step, true as current from steps
    union all
    select slot, step, false as current from steps_before
),
visits_by_slot as (
    select
        time_bucket(interval 15 minutes, started_at) as slot,
        count(*) as sessions
    from sessions
    where shop_id = $shop
      and not bot
      and (
        (started_at >= $start and started_at < $until)
        or (started_at >= $prev_start and started_at < $prev_until)
      )
    group by slot
),
converting as (
    -- include: parts/converting
),
conversions_by_slot as (
    select
        time_bucket(interval 15 minutes, started_at) as slot,
        count(*) as converted
    from converting
    group by slot
),
sales_by_slot as (
    select
        time_bucket(interval 15 minutes, placed_at) as slot,
        count(*) as orders,
        count(*) filter (where coalesce(currency, $currency) = $currency) as own_currency,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from orders
    where shop_id = $shop
      and not bot
      and (
        (placed_at >= $start and placed_at < $until)
        or (placed_at >= $prev_start and placed_at < $prev_until)
      )
    group by slot
),
numbers as (
    select
        all_slots.step as step,
        all_slots.current as current,
        coalesce(sum(visits.sessions), 0)::bigint as sessions,
        coalesce(sum(conversions.converted), 0)::bigint as converted,
        coalesce(sum(sales.orders), 0)::bigint as orders,
        coalesce(sum(sales.own_currency), 0)::bigint as own_currency,
        coalesce(sum(sales.revenue), 0)::decimal(18, 4) as revenue
    from all_slots
    left join visits_by_slot as visits on visits.slot = all_slots.slot
    left join conversions_by_slot as conversions on conversions.slot = all_slots.slot
    left join sales_by_slot as sales on sales.slot = all_slots.slot
    group by all_slots.step, all_slots.current
)
select
    this.step as step,
    this.revenue as revenue,
    this.orders as orders,
    this.sessions as sessions,
    this.converted::double / nullif(this.sessions, 0) as conversion,
    (this.revenue / nullif(this.own_currency, 0))::decimal(18, 4) as aov,
    past.revenue as prev_revenue,
    past.orders as prev_orders,
    past.sessions as prev_sessions,
    past.converted::double / nullif(past.sessions, 0) as prev_conversion,
    (past.revenue / nullif(past.own_currency, 0))::decimal(18, 4) as prev_aov
from numbers as this
left join numbers as past on past.step = this.step and not past.current
where this.current
order by this.step
