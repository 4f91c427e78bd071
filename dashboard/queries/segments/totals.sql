-- title: Orders of the window
-- takes: shop varchar, currency varchar, window_start timestamp, window_until timestamp
-- gives: orders bigint, own_currency bigint, revenue decimal(38, 4), order_value decimal(38, 4), cancelled bigint, cancelled_revenue decimal(38, 4), refunds bigint, returned decimal(38, 4), net decimal(38, 4), attributable bigint, visitors bigint, other_currency_only bigint
-- define: Orders placed in the window, without bots; amounts are those in the shop's currency. Net revenue is booked revenue less cancelled orders and less the value of the refund events of the window; a refund of a cancelled order is not taken off twice. Visitors have an order; those whose orders are all in other currencies stand in no cell.
with sales as (
    select
        *,
        coalesce(currency, $currency) = $currency as own
    from orders
    where shop_id = $shop
      and not bot
      and placed_at >= $window_start
      and placed_at < $window_until
),
sold as (
    select
        count(*) as orders,
        count(*) filter (where own) as own_currency,
        coalesce(sum(revenue) filter (where own), 0) as revenue,
        count(*) filter (where cancelled) as cancelled,
        coalesce(sum(revenue) filter (where own and cancelled), 0) as cancelled_revenue,
        count(*) filter (where visitor_id is not null) as attributable,
        count(distinct visitor_id) as visitors,
        count(distinct visitor_id) filter (where own) as valued
    from sales
),
refunded as (
    select
        count(*) as refunds,
        coalesce(sum(e.value) filter (where coalesce(e.currency, $currency) = $currency), 0) as returned
    from events e
    left join orders o
      on o.shop_id = e.shop_id
     and o.order_key = e.transaction_id
    where e.shop_id = $shop
      and e.event = 'refund'
      and not e.bot
      and e.ts >= $window_start
      and e.ts < $window_until
      and not coalesce(o.cancelled, false)
)
select
    s.orders,
    s.own_currency,
    cast(s.revenue as decimal(38, 4)) as revenue,
    cast(s.revenue / nullif(s.own_currency, 0) as decimal(38, 4)) as order_value,
    s.cancelled,
    cast(s.cancelled_revenue as decimal(38, 4)) as cancelled_revenue,
    r.refunds,
    cast(r.returned as decimal(38, 4)) as returned,
    cast(s.revenue - s.cancelled_revenue - r.returned as decimal(38, 4)) as net,
    s.attributable,
    s.visitors,
    s.visitors - s.valued as other_currency_only
from sold s
cross join refunded r
