-- title: Sessions and orders of the period with what they are credited to
-- takes: shop varchar, start timestamp, until timestamp, currency varchar
-- gives: person ubigint, begun boolean, prev_at timestamp, channel_at timestamp, campaign_at timestamp, landing_at timestamp, referrer_at timestamp, converted boolean, orders bigint, revenue decimal(38, 4), channel varchar, campaign varchar, landing varchar, referrer varchar, first_channel varchar, first_campaign varchar, first_landing varchar, first_referrer varchar
-- define: A row a session, without bots, that began in the period or in which an order of the period was placed: the visitor (as a hash), when the visitor's session before it began, when the last one before it began that is credited to the same channel (campaign, landing page, referrer), whether an order was ever placed in it, the orders and revenue of the period, and what it came by: as last non-direct (its own, or where it came directly that of the visitor's latest session in the 30 days before it that did not) and as first touch (that of the visitor's first session in the data). Orders outside any session stand in one row without a visitor.
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
people as materialized (
    select visitor_id
    from (
        -- include: campaigns/arrivals
    ) a
    where started_at >= $start
    union
    select visitor_id
    from orders
    where shop_id = $shop
      and not bot
      and placed_at >= $start
      and placed_at < $until
      and session_key is not null
),
past as materialized (
    select *
    from (
        -- include: campaigns/arrivals
    ) arrivals
    where visitor_id in (select unnest(list(visitor_id)) from people)
),
named as (
    select
        visitor_id,
        started_at,
        max(channel) as channel,
        max(campaign) as campaign,
        max(landing) as landing,
        max(referrer) as referrer
    from past
    where not direct
    group by visitor_id, started_at
),
credited as (
    select
        hash(visitor_id) as person, session_key, started_at, channel, campaign, landing, referrer,
        channel as last_channel,
        campaign as last_campaign,
        landing as last_landing,
        referrer as last_referrer
    from past
    where not direct
    union all
    select
        hash(v.visitor_id), v.session_key, v.started_at, v.channel, v.campaign, v.landing, v.referrer,
        case when n.started_at >= v.started_at - interval 30 days then n.channel else v.channel end,
        case when n.started_at >= v.started_at - interval 30 days then n.campaign else v.campaign end,
        case when n.started_at >= v.started_at - interval 30 days then n.landing else v.landing end,
        case when n.started_at >= v.started_at - interval 30 days then n.referrer else v.referrer end
    from (select * from past where direct) v
    asof left join named n
      on n.visitor_id = v.visitor_id
     and n.started_at < v.started_at
),
ordered as (
    select
        person,
        session_key,
        started_at,
        last_channel,
        last_campaign,
        last_landing,
        last_referrer,
        lag(nullif(started_at, timestamp '1970-01-01')) over visitor as prev_at,
        first_value(channel) over visitor as first_channel,
        first_value(campaign) over visitor as first_campaign,
        first_value(landing) over visitor as first_landing,
        first_value(referrer) over visitor as first_referrer,
        lag(nullif(started_at, timestamp '1970-01-01')) over (
            partition by person, hash(last_channel) order by started_at, session_key
        ) as channel_at,
        lag(nullif(started_at, timestamp '1970-01-01')) over (
            partition by person, hash(last_campaign) order by started_at, session_key
        ) as campaign_at,
        lag(nullif(started_at, timestamp '1970-01-01')) over (
            partition by person, hash(last_landing) order by started_at, session_key
        ) as landing_at,
        lag(nullif(started_at, timestamp '1970-01-01')) over (
            partition by person, hash(last_referrer) order by started_at, session_key
        ) as referrer_at
    from credited
    window visitor as (partition by person order by started_at, session_key)
)
select
    o.person,
    o.started_at >= $start as begun,
    o.prev_at,
    o.channel_at,
    o.campaign_at,
    o.landing_at,
    o.referrer_at,
    o.started_at >= $start and c.session_key is not null as converted,
    coalesce(s.orders, 0) as orders,
    coalesce(s.revenue, 0)::decimal(38, 4) as revenue,
    o.last_channel as channel,
    o.last_campaign as campaign,
    o.last_landing as landing,
    o.last_referrer as referrer,
    o.first_channel,
    o.first_campaign,
    o.first_landing,
    o.first_referrer
from ordered o
left join converting c
  on c.session_key = o.session_key
left join sales s
  on s.session_key = o.session_key
where o.started_at >= $start
   or s.session_key is not null
union all
select
    null, false, null, null, null, null, null, false, sum(orders)::bigint, sum(revenue)::decimal(38, 4),
    '', '', '', '', '', '', '', ''
from sales
where session_key is null
   or session_key not in (select p.session_key from past p join sales b on b.session_key = p.session_key)
having sum(orders) > 0
