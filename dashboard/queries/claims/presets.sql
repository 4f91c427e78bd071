-- title: The same orders under every rule
-- takes: own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: place integer, preset varchar, unit varchar, family varchar, kinds varchar, span varchar, hours bigint, winner varchar, match varchar, value varchar, reset varchar, currency varchar, revenue decimal(38, 4), attributed decimal(38, 4), share double, orders bigint, all_orders bigint, delta decimal(38, 4), delta_share double
-- define: Each preset over all orders of the period, bots left out: revenue as the preset values it, the part of it that the preset credits to a tool, the orders with any credit, and the difference from what REES46 credits. The same orders in every row; amounts of different currencies stand in rows of their own.
-- presets: all
-- seconds: 10
with presets as materialized (
    -- include: attribution/presets
),
summed as (
    select
        preset,
        currency,
        sum(revenue) as revenue,
        sum(all_orders)::bigint as all_orders,
        sum(attributed) as attributed,
        sum(orders)::bigint as orders
    from (
        -- include: claims/daily
    ) daily
    group by preset, currency
),
compared as (
    select
        *,
        sum(case when preset = 'rees46' then attributed else 0 end) over (partition by currency) as usual
    from summed
)
select
    r.place,
    r.preset,
    r.unit,
    r.family,
    r.kinds,
    r.span,
    date_diff('hour', timestamp '2000-01-01', timestamp '2000-01-01' + r.reach) as hours,
    r.winner,
    r.match,
    r.value,
    r.reset,
    c.currency,
    c.revenue,
    c.attributed,
    c.attributed::double / nullif(c.revenue, 0)::double as share,
    c.orders,
    c.all_orders,
    cast(c.attributed - c.usual as decimal(38, 4)) as delta,
    case when c.usual = 0 then null else c.attributed::double / c.usual::double - 1 end as delta_share
from compared c
join presets r
  on r.preset = c.preset
order by c.currency <> $currency, c.currency, r.place
