-- title: Orders of the window
-- takes: shop varchar, currency varchar, window_start timestamp, window_until timestamp
-- gives: orders bigint, own_currency bigint, revenue decimal(38, 4), order_value decimal(38, 4), cancelled bigint, cancelled_revenue decimal(38, 4), refunds bigint, returned decimal(38, 4), net decimal(38, 4), attributable bigint, visitors bigint, other_currency_only bigint
-- define: Orders placed in the window, without bots; amounts are those in the shop's currency. Net revenue is booked revenue less what cancellations and returns took back, and less the value of refunds in the window that no known order can bear. Visitors have an order; those whose orders are all in other currencies stand in no cell.
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
        coalesce(sum(undone) filter (where own and cancelled), 0) as cancelled_revenue,
        coalesce(sum(undone) filter (where own and not cancelled), 0) as undone,
        count(*) filter (where visitor_id is not null) as attributable,
        count(distinct visitor_id) as visitors,
        count(distinct visitor_id) filter (where own) as valued
    from sales
),
-- What an order has undone is capped at what it brought; what was given back beyond that counts here.
given_back as (
    select
        o.order_key,
        count(*) as refunds,
        sum(case when coalesce(e.currency, $currency) = $currency then e.value else 0 end) as returned,
        any_value(o.undone) as undone,
        bool_or(coalesce(o.cancelled, false)) as cancelled
    from events e
    left join main.orders o
      on o.shop_id = e.shop_id
     and o.order_key = coalesce(e.order_key, e.transaction_id)
    where e.shop_id = $shop
      and e.event = 'refund'
      and not e.bot
      and e.ts >= $window_start
      and e.ts < $window_until
    group by o.order_key
),
refunded as (
    select
        coalesce(sum(refunds), 0)::bigint as refunds,
        coalesce(sum(case
            when order_key is null then returned
            when cancelled then 0
            else greatest(returned - undone, 0)
        end), 0) as unmatched
    from given_back
)
select
    s.orders,
    s.own_currency,
    cast(s.revenue as decimal(38, 4)) as revenue,
    cast(s.revenue / nullif(s.own_currency, 0) as decimal(38, 4)) as order_value,
    s.cancelled,
    cast(s.cancelled_revenue as decimal(38, 4)) as cancelled_revenue,
    r.refunds,
    cast(s.undone + r.unmatched as decimal(38, 4)) as returned,
    cast(s.revenue - s.cancelled_revenue - s.undone - r.unmatched as decimal(38, 4)) as net,
    s.attributable,
    s.visitors,
    s.visitors - s.valued as other_currency_only
from sold s
cross join refunded r
