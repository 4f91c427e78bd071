-- title: Today against the same weekday
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp, prev_until timestamp, currency varchar
-- gives: orders bigint, revenue decimal, aov decimal, prev_orders bigint, prev_revenue decimal, prev_aov decimal
-- define: Orders and booked revenue since midnight of the shop's clock, against the same weekday last week up to the same time.
with sales as (
    select
        placed_at >= $start as current,
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
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.revenue, 0)::decimal(18, 4) as revenue,
        (sales.revenue / nullif(sales.own_currency, 0))::decimal(18, 4) as aov
    from spans
    left join sales on sales.current = spans.current
)
select
    this.orders,
    this.revenue,
    this.aov,
    past.orders as prev_orders,
    past.revenue as prev_revenue,
    past.aov as prev_aov
from numbers as this
join numbers as past on not past.current
where this.current
