-- title: What sessions and orders came from
-- takes: shop varchar, start timestamp, until timestamp, currency varchar, tab varchar
-- gives: credit varchar, part varchar, source varchar, medium varchar, campaign varchar, sessions bigint, visitors bigint, new_visitors bigint, converted bigint, conversion double, orders bigint, revenue decimal, share double
-- define: Sessions that began in the period and orders placed in it, without bots, by what brought them. Last non-direct: the source of the session, or where it came directly that of the visitor's latest session in the 30 days before it that did not; payment and sign-in pages are never a source. First touch: the source of the visitor's first session in the data. A new visitor's first session began in the period. Conversion is sessions with an order divided by sessions. The 500 sources that earn most are listed; the others together are the part rest, orders outside any session the part outside. But for visitors, who may come from several sources, parts sum to totals.
-- A session of the period converts with its first order, also one that is placed when the period is over.
with converting as (
    select distinct session_key
    from orders
    where shop_id = $shop
      and not bot
      and session_key is not null
      and placed_at >= $start
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
people as materialized (
    select
        visitor_id,
        arg_min(source, (started_at, session_key)) as source,
        count(*) filter (where begun) as sessions,
        count(*) filter (where converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from visits
    group by visitor_id
),
earlier as (
    select visitor_id, arg_min(source, (started_at, session_key)) as source
    from (
        -- include: campaigns/arrivals
    ) arrivals
    where started_at < $start
      and visitor_id in (select visitor_id from people)
    group by visitor_id
),
firsts as materialized (
    select
        coalesce(e.source, p.source) as source,
        sum(p.sessions) as sessions,
        count(*) filter (where p.sessions > 0) as visitors,
        count(*) filter (where e.visitor_id is null) as new_visitors,
        sum(p.converted) as converted,
        sum(p.orders) as orders,
        sum(p.revenue) as revenue
    from people p
    left join earlier e
      on e.visitor_id = p.visitor_id
    group by coalesce(e.source, p.source)
),
named as (
    select visitor_id, started_at, max(source) as source
    from (
        -- include: campaigns/arrivals
    ) arrivals
    where not direct
      and started_at >= (select min(started_at) - interval 30 days from visits)
      and visitor_id in (select visitor_id from visits where direct)
    group by visitor_id, started_at
),
lasts as (
    select source, visitor_id, begun, converted, orders, revenue
    from visits
    where not direct
    union all
    select
        case when n.started_at >= v.started_at - interval 30 days then n.source else v.source end as source,
        v.visitor_id,
        v.begun,
        v.converted,
        v.orders,
        v.revenue
    from (select * from visits where direct) v
    asof left join named n
      on n.visitor_id = v.visitor_id
     and n.started_at < v.started_at
),
-- A new visitor's first session has nothing before it, so that both credits name the same source.
summed as (
    select 'first' as credit, source, sessions, visitors, new_visitors, converted, orders, revenue
    from firsts
    union all
    select
        'last' as credit,
        source,
        sum(sessions) as sessions,
        sum(visitors) as visitors,
        sum(new_visitors) as new_visitors,
        sum(converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from (
        select
            source,
            count(*) filter (where begun) as sessions,
            count(distinct visitor_id) filter (where begun) as visitors,
            0 as new_visitors,
            count(*) filter (where converted) as converted,
            sum(orders) as orders,
            sum(revenue) as revenue
        from lasts
        group by source
        union all
        select source, 0 as sessions, 0 as visitors, new_visitors, 0 as converted, 0 as orders, 0 as revenue
        from firsts
        where new_visitors > 0
    ) both_counts
    group by source
),
placed as (
    select
        *,
        row_number() over (partition by credit order by revenue desc, sessions desc, source) as place
    from summed
    where sessions > 0
       or orders > 0
       or new_visitors > 0
),
outside as (
    select sum(orders) as orders, sum(revenue) as revenue
    from sales
    where session_key is null
       or session_key not in (select session_key from visits where orders > 0)
),
parts as (
    select credit, 'source' as part, source, sessions, visitors, new_visitors, converted, orders, revenue
    from placed
    where place <= 500
    union all
    select
        credit,
        'rest' as part,
        '' as source,
        sum(sessions) as sessions,
        case when credit = 'first' then sum(visitors) else null end as visitors,
        sum(new_visitors) as new_visitors,
        sum(converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from placed
    where place > 500
    group by credit
    union all
    select
        c.credit,
        'outside' as part,
        '' as source,
        0 as sessions,
        0 as visitors,
        0 as new_visitors,
        0 as converted,
        o.orders,
        o.revenue
    from outside o
    cross join (select 'last' as credit union all select 'first' as credit) c
    where o.orders > 0
)
select
    credit,
    part,
    case when $tab = 'campaigns' then split_part(source, chr(31), 1) else source end as source,
    case when $tab = 'campaigns' then split_part(source, chr(31), 2) else '' end as medium,
    case when $tab = 'campaigns' then split_part(source, chr(31), 3) else '' end as campaign,
    sessions::bigint as sessions,
    visitors::bigint as visitors,
    new_visitors::bigint as new_visitors,
    converted::bigint as converted,
    converted::double / nullif(sessions, 0) as conversion,
    orders::bigint as orders,
    revenue::decimal(18, 4) as revenue,
    (revenue / nullif(sum(revenue) over (partition by credit), 0))::double as share
from parts
order by
    credit desc,
    case part when 'source' then 0 when 'rest' then 1 else 2 end,
    revenue desc,
    sessions desc,
    source
