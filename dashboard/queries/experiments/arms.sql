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
        a.arm_hash,
        a.mixed,
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
    group by a.person, a.arm_hash, a.mixed
),
-- Who bought nothing is only counted: most visitors do not.
counted as (
    select arm_hash, mixed, count(*) as visitors, 0 as buyers, 0 as orders, 0 as own_currency, 0 as revenue, 0 as squares
    from assigned
    group by arm_hash, mixed
    union all
    select
        arm_hash,
        mixed,
        0,
        count(*),
        sum(orders),
        sum(own_currency),
        sum(revenue),
        sum(revenue::double * revenue::double)
    from bought
    group by arm_hash, mixed
),
summed as (
    select
        case when c.mixed then 'mixed' else 'arm' end as part,
        case when c.mixed then '' else n.arm end as arm,
        sum(c.visitors) as visitors,
        sum(c.buyers) as buyers,
        sum(c.orders) as orders,
        sum(c.own_currency) as own_currency,
        sum(c.revenue) as revenue,
        sum(c.squares) as squares
    from counted c
    left join (
        -- include: experiments/names
    ) n
      on n.arm_hash = c.arm_hash
    group by case when c.mixed then 'mixed' else 'arm' end, case when c.mixed then '' else n.arm end
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
