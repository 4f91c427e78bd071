-- title: Sessions and orders of the period with what they are credited to
-- takes: shop varchar, start timestamp, until timestamp, currency varchar
-- gives: person ubigint, begun boolean, prev_at timestamp, converted boolean, orders bigint, revenue decimal(38, 4), channel varchar, campaign varchar, landing varchar, referrer varchar, first_channel varchar, first_campaign varchar, first_landing varchar, first_referrer varchar
-- define: A row a session, without bots, that began in the period or in which an order of the period was placed: the visitor (as a hash), when the visitor's session before it began, whether an order was ever placed in it, the orders and revenue of the period, and what it came by: as last non-direct (its own, or where it came directly that of the visitor's latest session in the 30 days before it that did not) and as first touch (that of the visitor's first session in the data). Orders outside any session stand in one row without a visitor.
-- settles: day
-- rows: 100000000
with converting as (
    select distinct session_key
    from orders
    where shop_id = $shop
      and not bot
      and session_key is not null
),
sales as materialized (
    select
        session_key,
        count(*) as orders,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from orders
    where shop_id = $shop
      and not bot
      and placed_at >= $start
      and placed_at < $until
    group by session_key
),
visits as materialized (
    select
        a.*,
        true as begun,
        c.session_key is not null as converted,
        coalesce(s.orders, 0) as orders,
        coalesce(s.revenue, 0) as revenue
    from (
        -- include: campaigns/arrivals
    ) a
    left join converting c
      on c.session_key = a.session_key
    left join sales s
      on s.session_key = a.session_key
    where a.started_at >= $start
    union all
    select a.*, false as begun, false as converted, s.orders, s.revenue
    from (
        -- include: campaigns/arrivals
    ) a
    join sales s
      on s.session_key = a.session_key
    where a.started_at < $start
),
people as (
    select
        visitor_id,
        arg_min(channel, (started_at, session_key)) as channel,
        arg_min(campaign, (started_at, session_key)) as campaign,
        arg_min(landing, (started_at, session_key)) as landing,
        arg_min(referrer, (started_at, session_key)) as referrer
    from visits
    group by visitor_id
),
earlier as (
    select
        visitor_id,
        max(started_at) as last_at,
        arg_min(channel, (started_at, session_key)) as channel,
        arg_min(campaign, (started_at, session_key)) as campaign,
        arg_min(landing, (started_at, session_key)) as landing,
        arg_min(referrer, (started_at, session_key)) as referrer
    from (
        -- include: campaigns/arrivals
    ) arrivals
    where started_at < $start
      and visitor_id in (select unnest(list(distinct visitor_id)) from visits)
    group by visitor_id
),
firsts as (
    select
        p.visitor_id,
        e.last_at,
        coalesce(e.channel, p.channel) as channel,
        coalesce(e.campaign, p.campaign) as campaign,
        coalesce(e.landing, p.landing) as landing,
        coalesce(e.referrer, p.referrer) as referrer
    from people p
    left join earlier e
      on e.visitor_id = p.visitor_id
),
named as (
    select
        visitor_id,
        started_at,
        max(channel) as channel,
        max(campaign) as campaign,
        max(landing) as landing,
        max(referrer) as referrer
    from (
        -- include: campaigns/arrivals
    ) arrivals
    where not direct
      and started_at >= (select min(started_at) - interval 30 days from visits)
      and visitor_id in (select unnest(list(distinct visitor_id)) from visits where direct)
    group by visitor_id, started_at
),
ordered as (
    select
        *,
        lag(nullif(started_at, timestamp '1970-01-01')) over (
            partition by visitor_id, begun order by started_at, session_key
        ) as before_at
    from visits
),
lasts as (
    select
        visitor_id, begun, before_at, converted, orders, revenue,
        channel, campaign, landing, referrer
    from ordered
    where not direct
    union all
    select
        v.visitor_id, v.begun, v.before_at, v.converted, v.orders, v.revenue,
        case when n.started_at >= v.started_at - interval 30 days then n.channel else v.channel end,
        case when n.started_at >= v.started_at - interval 30 days then n.campaign else v.campaign end,
        case when n.started_at >= v.started_at - interval 30 days then n.landing else v.landing end,
        case when n.started_at >= v.started_at - interval 30 days then n.referrer else v.referrer end
    from (select * from ordered where direct) v
    asof left join named n
      on n.visitor_id = v.visitor_id
     and n.started_at < v.started_at
)
select
    hash(l.visitor_id) as person,
    l.begun,
    coalesce(l.before_at, f.last_at) as prev_at,
    l.converted,
    l.orders,
    l.revenue::decimal(38, 4) as revenue,
    l.channel,
    l.campaign,
    l.landing,
    l.referrer,
    f.channel as first_channel,
    f.campaign as first_campaign,
    f.landing as first_landing,
    f.referrer as first_referrer
from lasts l
join firsts f
  on f.visitor_id = l.visitor_id
union all
select
    null, false, null, false, sum(orders)::bigint, sum(revenue)::decimal(38, 4),
    '', '', '', '', '', '', '', ''
from sales
where session_key is null
   or session_key not in (select session_key from visits where orders > 0)
having sum(orders) > 0
