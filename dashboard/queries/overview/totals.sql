-- title: Totals of the period
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp, prev_until timestamp, currency varchar
-- gives: sessions bigint, converted bigint, orders bigint, revenue decimal, aov decimal, conversion double, attributable bigint, coverage double, other_currency bigint, prev_sessions bigint, prev_converted bigint, prev_orders bigint, prev_revenue decimal, prev_aov decimal, prev_conversion double, prev_attributable bigint, prev_coverage double
-- define: Sessions that began and orders that were placed in the period; bots are left out, revenue is booked revenue without shipping and tax in the shop's currency.
with visits as (
    select
        started_at >= $start and started_at < $until as current,
        count(*) as sessions
    from sessions
    where shop_id = $shop
      and not bot
      and (
        (started_at >= $start and started_at < $until)
        or (started_at >= $prev_start and started_at < $prev_until)
      )
    group by current
),
converting as (
    -- include: parts/converting
),
conversions as (
    select
        started_at >= $start and started_at < $until as current,
        count(*) as converted
    from converting
    where (started_at >= $start and started_at < $until)
       or (started_at >= $prev_start and started_at < $prev_until)
    group by current
),
sales as (
    select
        placed_at >= $start and placed_at < $until as current,
        count(*) as orders,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue,
        count(*) filter (where coalesce(currency, $currency) = $currency) as own_currency,
        count(*) filter (where visitor_id is not null) as attributable
    from orders
    where shop_id = $shop
      and not bot
      and (
        (placed_at >= $start and placed_at < $until)
        or (placed_at >= $prev_start and placed_at < $prev_until)
      )
    group by current
),
spans as (
    select true as current
    union all
    select false as current
),
numbers as (
    select
        spans.current as current,
        coalesce(visits.sessions, 0) as sessions,
        coalesce(conversions.converted, 0) as converted,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.revenue, 0)::decimal(18, 4) as revenue,
        (sales.revenue / nullif(sales.own_currency, 0))::decimal(18, 4) as aov,
        coalesce(conversions.converted, 0)::double / nullif(visits.sessions, 0) as conversion,
        coalesce(sales.attributable, 0) as attributable,
        sales.attributable::double / nullif(sales.orders, 0) as coverage,
        coalesce(sales.orders - sales.own_currency, 0) as other_currency
    from spans
    left join visits on visits.current = spans.current
    left join conversions on conversions.current = spans.current
    left join sales on sales.current = spans.current
)
select
    this.sessions,
    this.converted,
    this.orders,
    this.revenue,
    this.aov,
    this.conversion,
    this.attributable,
    this.coverage,
    this.other_currency,
    past.sessions as prev_sessions,
    past.converted as prev_converted,
    past.orders as prev_orders,
    past.revenue as prev_revenue,
    past.aov as prev_aov,
    past.conversion as prev_conversion,
    past.attributable as prev_attributable,
    past.coverage as prev_coverage
from numbers as this
left join numbers as past on not past.current and $prev_start::timestamp is not null
where this.current
