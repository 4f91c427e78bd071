-- title: Versions of the order
-- takes: shop varchar, currency varchar, id varchar
-- gives: received_at timestamp, ts timestamp, event varchar, vendor varchar, surface varchar, value decimal(18, 4), shipping decimal(18, 4), tax decimal(18, 4), currency varchar, order_status varchar, items varchar, visitor_id varchar, session_key varchar, counts boolean, role varchar, bot boolean
-- define: Every stored report of the order in the order of arrival; the one that counts gives the amounts, the first gives the time; states and refunds say what became of the order, and what another vendor told of it stands apart.
select
    v.received_at,
    v.ts,
    v.event,
    v.vendor,
    v.surface,
    v.value,
    v.shipping,
    v.tax,
    coalesce(v.currency, $currency) as currency,
    v.order_status,
    v.items,
    v.visitor_id,
    v.session_key,
    v.event_id = o.event_id as counts,
    case
        when v.event_id = o.event_id then 'counts'
        when v.event = 'refund' then 'refund'
        when v.event = 'order_status' then 'state'
        when v.vendor <> o.vendor then 'apart'
        when v.is_line then 'line'
        else 'superseded'
    end as role,
    v.bot
from order_versions v
join orders o
  on o.shop_id = v.shop_id
 and o.order_key = v.order_key
where v.shop_id = $shop
  and v.order_key = $id
order by v.received_at, v.request_id, v.seq
