-- title: One order
-- takes: shop varchar, currency varchar, zone varchar, id varchar
-- gives: order_key varchar, transaction_id varchar, placed_at timestamp, updated_at timestamp, vendor varchar, visitor_id varchar, device_id varchar, user_id varchar, session_key varchar, revenue decimal(18, 4), currency varchar, booked decimal(18, 4), net decimal(18, 4), gross decimal(18, 4), undone decimal(18, 4), own_currency varchar, converted decimal(18, 4), rate decimal(18, 8), rate_day date, value decimal(18, 4), lines_total decimal(18, 4), shipping decimal(18, 4), tax decimal(18, 4), coupon varchar, payment_type varchar, order_status varchar, lines integer, units decimal(18, 4), undone_units decimal(18, 4), refunds integer, refunds_apart integer, versions integer, computed boolean, cancelled boolean, bot boolean, difference decimal(38, 4), totals_differ boolean, changes bigint, surfaces varchar, surface varchar, duplicates bigint, started_at timestamp, ended_at timestamp, session_events integer, landing_url varchar, referrer_host varchar, channel varchar, utm_source varchar, utm_campaign varchar, browser varchar, os varchar, device_type varchar
-- define: The order as its last valid version tells it, and the session it was placed in. Revenue is what the page counts; booked is without shipping and tax, net is booked less what was cancelled, returned or given back, gross is with shipping and tax, each in the order's own currency; converted is booked revenue by the rate of the order's day. Difference is what booked revenue and the sum of the lines differ by; changes is how many later reports of the whole order had other content; duplicates is how often the same report came again.
with stored as (
    select
        *,
        cast(revenue - lines_total as decimal(38, 4)) as difference
    from main.orders
    where shop_id = $shop
      and order_key = $id
),
known as (
    select order_key, day, rate
    from (
        -- include: lens/known
    ) known
    where order_key = $id
),
told as (
    select v.event_id, v.event, v.is_line, v.surface, v.vendor = s.vendor as same_vendor
    from order_versions v
    join stored s
      on s.order_key = v.order_key
    where v.shop_id = $shop
      and v.order_key = $id
),
reports as (
    select
        greatest(count(*) filter (where event = 'purchase' and not is_line and same_vendor) - 1, 0) as changes,
        coalesce(string_agg(distinct surface, ', ' order by surface) filter (where event <> 'refund'), '') as surfaces
    from told
),
again as (
    select count(*) as duplicates
    from refused
    where shop_id = $shop
      and outcome = 'duplicate'
      and event_id in (select event_id from told)
)
select
    s.order_key,
    s.transaction_id,
    s.placed_at,
    s.updated_at,
    s.vendor,
    s.visitor_id,
    s.device_id,
    s.user_id,
    s.session_key,
    o.revenue,
    coalesce(o.currency, $currency) as currency,
    s.revenue as booked,
    cast(s.revenue - s.undone as decimal(18, 4)) as net,
    cast(s.revenue + s.extra as decimal(18, 4)) as gross,
    s.undone,
    coalesce(s.currency, $currency) as own_currency,
    try_cast(cast(s.revenue as decimal(38, 4)) * k.rate as decimal(18, 4)) as converted,
    k.rate,
    k.day as rate_day,
    s.value,
    s.lines_total,
    s.shipping,
    s.tax,
    s.coupon,
    s.payment_type,
    s.order_status,
    s.lines,
    s.units,
    s.undone_units,
    s.refunds,
    s.refunds_apart,
    s.versions,
    s.computed,
    s.cancelled,
    s.bot,
    s.difference,
    coalesce(s.difference <> 0, false) as totals_differ,
    reports.changes,
    reports.surfaces,
    t.surface,
    again.duplicates,
    n.started_at,
    n.ended_at,
    n.events as session_events,
    n.landing_url,
    n.referrer_host,
    n.channel,
    n.utm_source,
    n.utm_campaign,
    n.browser,
    n.os,
    n.device_type
from stored s
join orders o
  on o.shop_id = s.shop_id
 and o.order_key = s.order_key
cross join reports
cross join again
left join told t
  on t.event_id = s.event_id
left join known k
  on k.order_key = s.order_key
left join sessions n
  on n.shop_id = s.shop_id
 and n.session_key = s.session_key
order by s.order_key
