-- title: What each message earns
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: recommended_by varchar, recommended_code varchar, currency varchar, clicks bigint, orders bigint, message_revenue decimal(38, 4), share double
-- define: The first 500 messages: whole orders of visitors who clicked a message at most 48 hours before; the last click takes the order. A click is a session in which a visitor opened the message; who never reports one has clicked when the message was first seen. Overlaps what storefront tools are credited with: the two are never added.
with won as (
    select recommended_by, recommended_code, currency, count(*) as orders, sum(revenue) as message_revenue
    from (
        -- include: attribution/rees46_messages
    ) messages
    group by recommended_by, recommended_code, currency
),
written as materialized (
    -- include: attribution/messages
),
runs as (
    select recommended_by, recommended_code, count(distinct coalesce(session_key, touch_id)) as clicks
    from written
    where kind = 'message_click'
      and ts >= $start
      and ts < $until
    group by recommended_by, recommended_code
),
silent as (
    select recommended_by, recommended_code, count(*) as clicks
    from (
        select
            recommended_by,
            recommended_code,
            min(ts) as first_at,
            arg_min(kind, (ts, kind, touch_id)) as first_kind,
            max(case when kind = 'message_click' and ts >= $start and ts < $until then 1 else 0 end) as clicked
        from written
        where visitor_id in (select visitor_id from written where kind = 'message_seen')
        group by visitor_id, recommended_by, recommended_code
    ) visitors
    where first_kind = 'message_seen'
      and first_at >= $start
      and first_at < $until
      and clicked = 0
    group by recommended_by, recommended_code
),
clicked as (
    select recommended_by, recommended_code, sum(clicks)::bigint as clicks
    from (
        select * from runs
        union all
        select * from silent
    ) clicks_of
    group by recommended_by, recommended_code
),
totals as (
    select coalesce(currency, $currency) as currency, sum(revenue) as revenue
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until
      and not bot
    group by coalesce(currency, $currency)
),
either as (
    select
        coalesce(w.recommended_by, c.recommended_by) as recommended_by,
        coalesce(w.recommended_code, c.recommended_code) as recommended_code,
        coalesce(w.currency, $currency) as currency,
        coalesce(c.clicks, 0) as clicks,
        coalesce(w.orders, 0) as orders,
        coalesce(w.message_revenue, 0) as message_revenue
    from won w
    full join clicked c
      on c.recommended_by = w.recommended_by
     and c.recommended_code = w.recommended_code
)
select
    e.recommended_by,
    e.recommended_code,
    e.currency,
    e.clicks,
    e.orders,
    e.message_revenue,
    e.message_revenue::double / nullif(t.revenue, 0)::double as share
from either e
left join totals t
  on t.currency = e.currency
order by message_revenue desc, clicks desc, recommended_by, recommended_code, currency
limit 500
