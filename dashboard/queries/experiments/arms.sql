-- title: Arms of the test
-- takes: shop varchar, start timestamp, until timestamp, currency varchar
-- gives: part varchar, arm varchar, visitors bigint, buyers bigint, orders bigint, own_currency bigint, revenue decimal(38, 4), squares double
-- shares: experiments/assigned
-- define: Visitors by the arm that their events of the period name, whatever they saw of it (intention to treat), and the orders they placed from then on in the period. Visitors seen in several arms are the part mixed and in no arm; the 20 arms with the most visitors are listed, the others are the part rest. Revenue is booked revenue in the shop's currency; squares is the sum over visitors of the square of their revenue.
with assigned as (
    -- include: experiments/assigned
),
bought as (
    select
        a.person,
        count(*) as orders,
        count(*) filter (where coalesce(o.currency, $currency) = $currency) as own_currency,
        sum(case when coalesce(o.currency, $currency) = $currency then o.revenue else 0 end) as revenue
    from orders o
    join assigned a
      on a.person = hash(o.visitor_id)
    where o.shop_id = $shop
      and not o.bot
      and o.placed_at >= $start
      and o.placed_at < $until
      and o.placed_at >= a.since
    group by a.person
),
summed as (
    select
        case when a.mixed then 'mixed' else 'arm' end as part,
        case when a.mixed then '' else a.arm end as arm,
        count(*) as visitors,
        count(b.person) as buyers,
        coalesce(sum(b.orders), 0) as orders,
        coalesce(sum(b.own_currency), 0) as own_currency,
        coalesce(sum(b.revenue), 0) as revenue,
        coalesce(sum(b.revenue::double * b.revenue::double), 0) as squares
    from assigned a
    left join bought b
      on b.person = a.person
    group by case when a.mixed then 'mixed' else 'arm' end, case when a.mixed then '' else a.arm end
),
placed as (
    select
        *,
        row_number() over (partition by part order by visitors desc, arm) as place
    from summed
)
select
    case when place > 20 then 'rest' else part end as part,
    case when place > 20 then '' else arm end as arm,
    sum(visitors)::bigint as visitors,
    sum(buyers)::bigint as buyers,
    sum(orders)::bigint as orders,
    sum(own_currency)::bigint as own_currency,
    sum(revenue)::decimal(38, 4) as revenue,
    sum(squares)::double as squares
from placed
group by case when place > 20 then 'rest' else part end, case when place > 20 then '' else arm end
order by case when place > 20 then 'rest' else part end, case when place > 20 then '' else arm end
