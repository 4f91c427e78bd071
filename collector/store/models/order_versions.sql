insert into order_versions by name
select
    a.shop_id,
    coalesce(a.order_key, a.transaction_id, 'event:' || a.event_id) as order_key,
    a.event_id,
    a.request_id,
    a.seq,
    a.received_at,
    a.ts,
    a.vendor,
    a.endpoint as surface,
    a.is_line,
    a.transaction_id,
    a.node,
    a.visitor_id,
    a.device_id,
    a.user_id,
    s.session_key,
    a."value",
    a.currency,
    a.shipping,
    a.tax,
    a.coupon,
    a.payment_type,
    a.order_status,
    a.items,
    a.recommended_by,
    a.recommended_code,
    a.bot,
    a.event
from arrived a
left join assigned s on s.n = a.rowid
where (a.event = 'purchase' or (a.event in ('order_status', 'refund') and coalesce(a.order_key, a.transaction_id) is not null))
  and a.rowid not in (select n from repeated);

create or replace temp table dirty_orders as
select distinct shop_id, coalesce(order_key, transaction_id, 'event:' || event_id) as order_key
from arrived
where (event = 'purchase' or (event in ('order_status', 'refund') and coalesce(order_key, transaction_id) is not null))
  and rowid not in (select n from repeated);
