-- title: Orders with the page's money
-- takes: money varchar, convert varchar, shop varchar, currency varchar, zone varchar
-- gives: shop_id varchar, order_key varchar, transaction_id varchar, placed_at timestamp, updated_at timestamp, vendor varchar, visitor_id varchar, device_id varchar, user_id varchar, session_key varchar, revenue decimal(18, 4), value decimal(18, 4), lines_total decimal(18, 4), shipping decimal(18, 4), tax decimal(18, 4), currency varchar, coupon varchar, payment_type varchar, order_status varchar, lines integer, units decimal(18, 4), versions integer, computed boolean, cancelled boolean, event_id uuid, bot boolean, undone decimal(18, 4), extra decimal(18, 4), undone_units decimal(18, 4), refunds integer, refunds_apart integer
-- define: Every order as it is stored, but for its amounts. Revenue is what the page counts: booked (without shipping and tax), net (booked less what was cancelled, returned or given back), or gross (with shipping and tax). Whatever it is, revenue less undone is net and revenue with extra is gross. Amounts of another currency are in the shop's where the page converts and a rate is known.
-- rows: 10000000
select
    m.shop_id,
    m.order_key,
    m.transaction_id,
    m.placed_at,
    m.updated_at,
    m.vendor,
    m.visitor_id,
    m.device_id,
    m.user_id,
    m.session_key,
    cast(case $money
        when 'net' then m.revenue - m.undone
        when 'gross' then m.revenue + m.extra
        else m.revenue
    end as decimal(18, 4)) as revenue,
    m.value,
    m.lines_total,
    m.shipping,
    m.tax,
    m.currency,
    m.coupon,
    m.payment_type,
    m.order_status,
    m.lines,
    m.units,
    m.versions,
    m.computed,
    m.cancelled,
    m.event_id,
    m.bot,
    cast(case $money
        when 'net' then cast(0 as decimal(18, 4))
        when 'gross' then m.undone + m.extra
        else m.undone
    end as decimal(18, 4)) as undone,
    cast(case $money
        when 'net' then m.undone + m.extra
        when 'gross' then cast(0 as decimal(18, 4))
        else m.extra
    end as decimal(18, 4)) as extra,
    m.undone_units,
    m.refunds,
    m.refunds_apart
from (
    select
        o.shop_id,
        o.order_key,
        o.transaction_id,
        o.placed_at,
        o.updated_at,
        o.vendor,
        o.visitor_id,
        o.device_id,
        o.user_id,
        o.session_key,
        case when r.rate is null then o.revenue else cast(cast(o.revenue as decimal(38, 4)) * r.rate as decimal(18, 4)) end as revenue,
        case when r.rate is null then o.value else try_cast(cast(o.value as decimal(38, 4)) * r.rate as decimal(18, 4)) end as value,
        case when r.rate is null then o.lines_total else try_cast(cast(o.lines_total as decimal(38, 4)) * r.rate as decimal(18, 4)) end as lines_total,
        case when r.rate is null then o.shipping else try_cast(cast(o.shipping as decimal(38, 4)) * r.rate as decimal(18, 4)) end as shipping,
        case when r.rate is null then o.tax else try_cast(cast(o.tax as decimal(38, 4)) * r.rate as decimal(18, 4)) end as tax,
        case when r.rate is null then o.currency else $currency end as currency,
        o.coupon,
        o.payment_type,
        o.order_status,
        o.lines,
        o.units,
        o.versions,
        o.computed,
        o.cancelled,
        o.event_id,
        o.bot,
        case
            when r.rate is null then o.undone
            else cast(cast(o.revenue as decimal(38, 4)) * r.rate as decimal(18, 4)) - cast(cast(o.revenue - o.undone as decimal(38, 4)) * r.rate as decimal(18, 4))
        end as undone,
        case
            when r.rate is null then o.extra
            else cast(cast(o.revenue + o.extra as decimal(38, 4)) * r.rate as decimal(18, 4)) - cast(cast(o.revenue as decimal(38, 4)) * r.rate as decimal(18, 4))
        end as extra,
        o.undone_units,
        o.refunds,
        o.refunds_apart
    from main.orders o
    left join (
        -- include: lens/rated
    ) r
      on r.order_key = o.order_key
     and o.shop_id = $shop
) m
