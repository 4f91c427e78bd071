-- title: What each tool earns
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, tab varchar, tool varchar, code varchar
-- gives: part varchar, recommended_by varchar, recommended_code varchar, currency varchar, impressions bigint, clicked_impressions bigint, clicks bigint, adds bigint, clicks_with_add bigint, clickers bigint, buyers bigint, click_rate double, add_rate double, conversion double, direct_orders bigint, direct_revenue decimal(38, 4), share double, revenue_per_click double, revenue_per_mille double, influenced_revenue decimal(38, 4), assisted_revenue decimal(38, 4), revenue decimal(38, 4), orders bigint, attributable bigint
-- shares: recommendations/chosen
-- define: Per tool (or code) and currency: what visitors did with it in the period, and the revenue of order lines credited to it. The parts tool (the first 500), rest, other and unattributed sum to the revenue of the currency; direct_orders of the part unattributed counts orders without any credit.
with chosen as materialized (
    -- include: recommendations/chosen
),
acting as materialized (
    -- include: recommendations/acting
),
activity as (
    -- include: recommendations/activity with recommendations/acting as acting
),
placed as (
    select order_key, visitor_id, lines, unit, revenue, currency
    from (
        -- include: attribution/valued
    ) valued
),
totals as (
    select
        currency,
        sum(revenue) as revenue,
        sum(case when lines = 0 and unit = 'line' then revenue else 0 end) as lineless,
        count(*) as orders,
        count(*) filter (where visitor_id is not null) as attributable
    from placed
    group by currency
),
baskets as (
    select order_key, part, recommended_by, recommended_code, currency, sum(earned) as earned
    from chosen
    group by order_key, part, recommended_by, recommended_code, currency
),
direct as (
    select
        part,
        recommended_by,
        recommended_code,
        currency,
        sum(earned) as direct_revenue,
        count(*) as direct_orders
    from baskets
    group by part, recommended_by, recommended_code, currency
),
credited as (
    select currency, count(distinct order_key) as orders
    from baskets
    where part <> 'unattributed'
    group by currency
),
buyers as (
    select c.recommended_by, c.recommended_code, count(distinct c.visitor_id) as buyers
    from (
        select distinct recommended_by, recommended_code, visitor_id, hash(visitor_id) as person
        from chosen
        where part = 'tool'
          and earned > 0
    ) c
    join acting a
      on a.person = c.person
     and a.recommended_by = c.recommended_by
     and a.recommended_code = c.recommended_code
    where a.clicks > 0
    group by c.recommended_by, c.recommended_code
),
took_part as (
    select
        order_key,
        recommended_by,
        case when $tab = 'codes' then recommended_code else '' end as recommended_code
    from (
        -- include: attribution/influence
    ) influence
    where ($tool::varchar is null or recommended_by = $tool)
      and ($code::varchar is null or recommended_code = $code)
    union
    select order_key, recommended_by, recommended_code
    from baskets
    where part = 'tool'
),
influenced as (
    select t.recommended_by, t.recommended_code, p.currency, sum(p.revenue) as influenced_revenue
    from took_part t
    join placed p
      on p.order_key = t.order_key
    group by t.recommended_by, t.recommended_code, p.currency
),
earning as (
    select
        i.recommended_by,
        i.recommended_code,
        i.currency,
        coalesce(d.direct_orders, 0) as direct_orders,
        coalesce(d.direct_revenue, 0) as direct_revenue,
        i.influenced_revenue
    from influenced i
    left join direct d
      on d.part = 'tool'
     and d.recommended_by = i.recommended_by
     and d.recommended_code = i.recommended_code
     and d.currency = i.currency
),
tools as (
    select
        coalesce(a.recommended_by, e.recommended_by) as recommended_by,
        coalesce(a.recommended_code, e.recommended_code) as recommended_code,
        coalesce(e.currency, $currency) as currency,
        a.impressions,
        a.clicked_impressions,
        coalesce(a.clicks, 0) as clicks,
        coalesce(a.adds, 0) as adds,
        coalesce(a.clicks_with_add, 0) as clicks_with_add,
        coalesce(a.clickers, 0) as clickers,
        coalesce(b.buyers, 0) as buyers,
        coalesce(e.direct_orders, 0) as direct_orders,
        coalesce(e.direct_revenue, 0) as direct_revenue,
        coalesce(e.influenced_revenue, 0) as influenced_revenue
    from activity a
    full join earning e
      on e.recommended_by = a.recommended_by
     and e.recommended_code = a.recommended_code
    left join buyers b
      on b.recommended_by = a.recommended_by
     and b.recommended_code = a.recommended_code
),
-- Codes of search are what people typed: there is no end of them.
ranked as (
    select
        *,
        row_number() over (
            order by direct_revenue desc, clicks desc, recommended_by, recommended_code, currency
        ) as place
    from tools
),
parts as (
    select
        'tool' as part,
        t.recommended_by,
        t.recommended_code,
        t.currency,
        t.impressions,
        t.clicked_impressions,
        t.clicks,
        t.adds,
        t.clicks_with_add,
        t.clickers,
        t.buyers,
        t.clicked_impressions::double / t.impressions as click_rate,
        t.clicks_with_add::double / nullif(t.clicks, 0) as add_rate,
        t.buyers::double / nullif(t.clickers, 0) as conversion,
        t.direct_orders,
        t.direct_revenue,
        t.direct_revenue::double / nullif(s.revenue, 0)::double as share,
        t.direct_revenue::double / nullif(t.clicks, 0) as revenue_per_click,
        1000 * t.direct_revenue::double / t.impressions as revenue_per_mille,
        t.influenced_revenue,
        t.influenced_revenue - t.direct_revenue as assisted_revenue,
        coalesce(s.revenue, 0) as revenue,
        coalesce(s.orders, 0) as orders,
        coalesce(s.attributable, 0) as attributable
    from ranked t
    left join totals s
      on s.currency = t.currency
    where t.place <= 500
    union all
    select
        'rest', '', '', t.currency, null, null, sum(t.clicks)::bigint, sum(t.adds)::bigint, null, null, null, null, null, null,
        null,
        sum(t.direct_revenue),
        sum(t.direct_revenue)::double / nullif(any_value(s.revenue), 0)::double,
        null, null, null, null,
        coalesce(any_value(s.revenue), 0),
        coalesce(any_value(s.orders), 0),
        coalesce(any_value(s.attributable), 0)
    from ranked t
    left join totals s
      on s.currency = t.currency
    where t.place > 500
    group by t.currency
    union all
    select
        'other', '', '', s.currency, null, null, null, null, null, null, null, null, null, null,
        d.direct_orders,
        d.direct_revenue,
        d.direct_revenue::double / nullif(s.revenue, 0)::double,
        null, null, null, null,
        s.revenue, s.orders, s.attributable
    from totals s
    join direct d
      on d.currency = s.currency
     and d.part = 'other'
    union all
    select
        'unattributed', '', '', s.currency, null, null, null, null, null, null, null, null, null, null,
        s.orders - coalesce(c.orders, 0),
        coalesce(d.direct_revenue, 0) + s.lineless,
        (coalesce(d.direct_revenue, 0) + s.lineless)::double / nullif(s.revenue, 0)::double,
        null, null, null, null,
        s.revenue, s.orders, s.attributable
    from totals s
    left join direct d
      on d.currency = s.currency
     and d.part = 'unattributed'
    left join credited c
      on c.currency = s.currency
)
select
    part,
    recommended_by,
    recommended_code,
    currency,
    impressions,
    clicked_impressions,
    clicks,
    adds,
    clicks_with_add,
    clickers,
    buyers,
    click_rate,
    add_rate,
    conversion,
    direct_orders,
    direct_revenue,
    share,
    revenue_per_click,
    revenue_per_mille,
    influenced_revenue,
    assisted_revenue,
    revenue,
    orders,
    attributable
from parts
order by
    case part when 'tool' then 1 when 'rest' then 2 when 'other' then 3 else 4 end,
    currency <> $currency,
    currency,
    direct_revenue desc,
    clicks desc,
    recommended_by,
    recommended_code
