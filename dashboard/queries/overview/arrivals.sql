-- title: Channels and devices
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp, currency varchar
-- gives: dimension varchar, name varchar, sessions bigint, orders bigint, conversion double, revenue decimal, share double
-- define: Sessions, orders and revenue by the channel through which the session came and by its kind of device; orders outside any session stand in a row without a name, so that revenue sums to the total.
with visits as (
    select
        channel,
        device_type,
        count(*) as sessions
    from sessions
    where shop_id = $shop
      and not bot
      and started_at >= $start
      and started_at < $until
    group by channel, device_type
),
converting as (
    -- include: parts/converting
),
conversions as (
    select
        channel,
        device_type,
        count(*) as converted
    from converting
    where started_at >= $start
    group by channel, device_type
),
buying as (
    select
        session_key,
        channel,
        device_type
    from sessions
    where shop_id = $shop
      and purchases > 0
      and ended_at >= $start
      and started_at < $until
),
sales as (
    select
        buying.channel as channel,
        buying.device_type as device_type,
        count(*) as orders,
        sum(case when coalesce(orders.currency, $currency) = $currency then orders.revenue else 0 end) as revenue
    from orders
    left join buying on buying.session_key = orders.session_key
    where orders.shop_id = $shop
      and not orders.bot
      and orders.placed_at >= $start
      and orders.placed_at < $until
    group by buying.channel, buying.device_type
),
facts as (
    select channel, device_type, sessions, 0 as converted, 0 as orders, 0::decimal(18, 4) as revenue from visits
    union all
    select channel, device_type, 0 as sessions, converted, 0 as orders, 0::decimal(18, 4) as revenue from conversions
    union all
    select channel, device_type, 0 as sessions, 0 as converted, orders, revenue from sales
),
named as (
    select 'channel' as dimension, channel as name, sessions, converted, orders, revenue from facts
    union all
    select 'device' as dimension, device_type as name, sessions, converted, orders, revenue from facts
)
select
    dimension,
    name,
    sum(sessions)::bigint as sessions,
    sum(orders)::bigint as orders,
    case when name is null then null else sum(converted)::double / nullif(sum(sessions), 0) end as conversion,
    sum(revenue)::decimal(18, 4) as revenue,
    (sum(revenue) / nullif(sum(sum(revenue)) over (partition by dimension), 0))::double as share
from named
group by dimension, name
order by dimension, sum(revenue) desc, sum(sessions) desc, name nulls last
