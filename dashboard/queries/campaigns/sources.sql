-- title: What sessions and orders came from
-- takes: shop varchar, start timestamp, until timestamp, currency varchar, tab varchar
-- gives: credit varchar, part varchar, source varchar, medium varchar, campaign varchar, sessions bigint, visitors bigint, new_visitors bigint, converted bigint, conversion double, orders bigint, revenue decimal, share double
-- define: Sessions that began in the period and orders placed in it, without bots, by what brought them. Last non-direct: the source of the session, or where it came directly that of the visitor's latest session in the 30 days before it that did not; payment and sign-in pages are never a source. First touch: the source of the visitor's first session in the data. A new visitor's first session began in the period. Conversion is sessions with an order divided by sessions. The 500 sources that earn most are listed; the others together are the part rest, orders outside any session the part outside. But for visitors, who may come from several sources, parts sum to totals.
with visits as (
    select
        person,
        begun,
        prev_at,
        converted,
        orders,
        revenue,
        case $tab
            when 'campaigns' then campaign
            when 'landing' then landing
            when 'referrers' then referrer
            else channel
        end as source,
        case $tab
            when 'campaigns' then campaign_at
            when 'landing' then landing_at
            when 'referrers' then referrer_at
            else channel_at
        end as source_at,
        case $tab
            when 'campaigns' then first_campaign
            when 'landing' then first_landing
            when 'referrers' then first_referrer
            else first_channel
        end as first_source
    from (
        -- include: campaigns/visits
    ) visits
),
-- A visitor's first session of the period (from one source) is the one whose previous one began before it.
counted as materialized (
    select
        source,
        first_source,
        person is null as outside,
        count(*) filter (where begun) as sessions,
        count(*) filter (where begun and (source_at is null or source_at < $start)) as source_visitors,
        count(*) filter (where begun and (prev_at is null or prev_at < $start)) as visitors,
        count(*) filter (where begun and prev_at is null) as new_visitors,
        count(*) filter (where converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from visits
    group by source, first_source, person is null
),
-- A new visitor's first session has nothing before it, so that both credits name the same source.
summed as (
    select
        'first' as credit,
        first_source as source,
        sum(sessions) as sessions,
        sum(visitors) as visitors,
        sum(new_visitors) as new_visitors,
        sum(converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from counted
    where not outside
    group by first_source
    union all
    select
        'last' as credit,
        source,
        sum(sessions) as sessions,
        sum(source_visitors) as visitors,
        sum(new_visitors) as new_visitors,
        sum(converted) as converted,
        sum(orders) as orders,
        sum(revenue) as revenue
    from counted
    where not outside
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
    from counted
    where outside
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
