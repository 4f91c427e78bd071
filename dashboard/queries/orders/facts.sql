-- title: One order
-- takes: shop varchar, currency varchar, id varchar
-- gives: order_key varchar, transaction_id varchar, placed_at timestamp, updated_at timestamp, vendor varchar, visitor_id varchar, device_id varchar, user_id varchar, session_key varchar, revenue decimal(18, 4), value decimal(18, 4), lines_total decimal(18, 4), shipping decimal(18, 4), tax decimal(18, 4), currency varchar, coupon varchar, payment_type varchar, order_status varchar, lines integer, units decimal(18, 4), versions integer, computed boolean, cancelled boolean, bot boolean, difference decimal(38, 4), totals_differ boolean, changes bigint, started_at timestamp, ended_at timestamp, session_events integer, landing_url varchar, referrer_host varchar, channel varchar, utm_source varchar, utm_campaign varchar, browser varchar, os varchar, device_type varchar
-- define: The order as its last valid version tells it, and the session it was placed in. Revenue is without shipping and tax; difference is what it and the sum of the lines differ by; changes is how many later reports of the whole order had other content.
with summed as (
    select
        *,
        cast(revenue - lines_total as decimal(38, 4)) as difference
    from orders
    where shop_id = $shop
      and order_key = $id
),
reports as (
    select greatest(count(*) - 1, 0) as changes
    from order_versions
    where shop_id = $shop
      and order_key = $id
      and event = 'purchase'
      and not is_line
)
select
    o.order_key,
    o.transaction_id,
    o.placed_at,
    o.updated_at,
    o.vendor,
    o.visitor_id,
    o.device_id,
    o.user_id,
    o.session_key,
    o.revenue,
    o.value,
    o.lines_total,
    o.shipping,
    o.tax,
    coalesce(o.currency, $currency) as currency,
    o.coupon,
    o.payment_type,
    o.order_status,
    o.lines,
    o.units,
    o.versions,
    o.computed,
    o.cancelled,
    o.bot,
    o.difference,
    coalesce(o.difference <> 0, false) as totals_differ,
    reports.changes,
    s.started_at,
    s.ended_at,
    s.events as session_events,
    s.landing_url,
    s.referrer_host,
    s.channel,
    s.utm_source,
    s.utm_campaign,
    s.browser,
    s.os,
    s.device_type
from summed o
cross join reports
left join sessions s
  on s.shop_id = o.shop_id
 and s.session_key = o.session_key
order by o.order_key
