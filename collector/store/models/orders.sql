-- Orders told again from their versions (docs/wire/canonical.md, "Orders view").
-- Of several vendors or surfaces that report one order, the one that came first counts.
create or replace temp table versions as
select
    v.*,
    case
        when vendor = 'retailrocket' then case when surface = 'rr.web' then 'rr.web' else 'rr.api' end
        when vendor = 'yespo' then case when surface = 'yespo.web' then 'yespo.web' else 'yespo.orders' end
        else vendor
    end as side
from order_versions v
semi join dirty_orders d on d.order_key = v.order_key and d.shop_id = v.shop_id;

create or replace temp table sides as
select
    shop_id,
    order_key,
    arg_min(
        {'vendor': vendor, 'side': side},
        {'late': event <> 'purchase', 'received_at': received_at, 'request_id': request_id, 'seq': seq}
    ) as chosen
from versions
where event <> 'refund'
group by shop_id, order_key;

-- What tells amounts and lines: purchases, and states that a shop's server told with amounts, but for
-- those that cancel. A report without a device is the server's: its amounts go before a browser's.
create or replace temp table reports as
select
    v.*,
    {
        'server': v.device_id is null, 'received_at': v.received_at, 'request_id': v.request_id, 'seq': v.seq
    } as came,
    {
        'server': v.device_id is null, 'no_session': v.session_key is null, 'no_visitor': v.visitor_id is null,
        'ts': v.ts, 'request_id': v.request_id, 'seq': v.seq
    } as early,
    v.event = 'purchase' or not bool_or(v.event = 'purchase') over one_order as is_version
from versions v
join sides s on s.shop_id = v.shop_id and s.order_key = v.order_key and s.chosen.side = v.side
left join rules r on r.shop_id = v.shop_id
where v.event <> 'refund'
window one_order as (partition by v.shop_id, v.order_key)
qualify v.event = 'purchase'
     or not bool_or(v.event = 'purchase') over one_order
     or not list_contains(
         coalesce(r.cancelled, ['CANCELLED', 'cancelled', 'canceled', 'refunded']), coalesce(v.order_status, '')
     );

create or replace temp table headers as
select
    shop_id,
    order_key,
    any_value(vendor) as vendor,
    arg_max(transaction_id, came) filter (where is_version) as transaction_id,
    min(ts) filter (where is_version) as placed_at,
    max(received_at) filter (where is_version) as updated_at,
    arg_min(
        {'visitor_id': visitor_id, 'device_id': device_id, 'user_id': user_id, 'session_key': session_key}, early
    ) filter (where is_version) as who,
    arg_max("value", came) filter (where not is_line) as "value",
    arg_max(shipping, came) filter (where not is_line) as shipping,
    arg_max(tax, came) filter (where not is_line) as tax,
    arg_max(currency, came) as currency,
    arg_max(coupon, came) as coupon,
    arg_max(payment_type, came) as payment_type,
    arg_max(items, came) filter (where not is_line) as items,
    arg_max({'by': recommended_by, 'code': recommended_code}, came)
        filter (where not is_line and recommended_by is not null) as tool,
    arg_max(event_id, {'header': not is_line, 'came': came}) filter (where is_version) as event_id,
    arg_max(bot, {'header': not is_line, 'came': came}) filter (where is_version) as bot,
    (count(*) filter (where is_version))::integer as versions,
    min(received_at) filter (where is_version) as first_received_at
from reports
group by shop_id, order_key;

create or replace temp table statuses as
select
    v.shop_id,
    v.order_key,
    arg_max(v.order_status, {'received_at': v.received_at, 'request_id': v.request_id, 'seq': v.seq}) as order_status
from versions v
join sides s on s.shop_id = v.shop_id and s.order_key = v.order_key and s.chosen.vendor = v.vendor
where v.order_status is not null
  and v.event <> 'refund'
group by v.shop_id, v.order_key;

-- Items of the header, else of the line rows: those within a minute of the order's first row stand
-- beside each other, one that arrives later replaces its product at its location.
create or replace temp table line_sources as
with late_lines as (
    select
        v.*,
        date_diff('microsecond', h.first_received_at, v.received_at) > 60000000 as after_burst,
        json_extract_string(v.items, '$[0].item_id') as first_item,
        coalesce(json_extract_string(v.items, '$[0].location_id'), '') as location_id
    from versions v
    join sides s on s.shop_id = v.shop_id and s.order_key = v.order_key and s.chosen.side = v.side
    join headers h on h.shop_id = v.shop_id and h.order_key = v.order_key
    where v.is_line
      and v.items is not null
      and h.items is null
)
select
    shop_id,
    order_key,
    timestamp '1970-01-01' as received_at,
    null::uuid as request_id,
    0 as seq,
    items,
    tool.by as recommended_by,
    tool.code as recommended_code
from headers
where items is not null
union all
select shop_id, order_key, received_at, request_id, seq, items, recommended_by, recommended_code
from late_lines
qualify not bool_or(after_burst) over (partition by shop_id, order_key, first_item, location_id)
     or row_number() over (
         partition by shop_id, order_key, first_item, location_id
         order by received_at desc, request_id desc, seq desc
     ) = 1;

create or replace temp table line_rows as
with parsed as (
    select
        * exclude (items),
        from_json(items, '[{"item_id":"VARCHAR","item_group_id":"VARCHAR","item_variant":"VARCHAR","item_name":"VARCHAR","price":"VARCHAR","quantity":"VARCHAR"}]') as found
    from line_sources
),
listed as (
    select * exclude (found), unnest(found) as item, unnest(range(len(found))) as nth
    from parsed
),
typed as (
    select
        shop_id,
        order_key,
        row_number() over (
            partition by shop_id, order_key order by received_at, request_id, seq, nth
        ) - 1 as line,
        item.item_id,
        item.item_group_id,
        item.item_variant,
        item.item_name,
        coalesce(try_cast(item.quantity as decimal(18, 4)), 1) as quantity,
        try_cast(item.price as decimal(18, 4)) as price,
        recommended_by,
        recommended_code
    from listed
    where item.item_id is not null
)
select *, try_cast(try(quantity::decimal(38, 4) * price::decimal(38, 4)) as decimal(18, 4)) as amount
from typed;

create or replace temp table order_totals as
with summed as (
    select
        h.shop_id,
        h.order_key,
        count(l.line)::integer as lines,
        coalesce(try_cast(sum(l.quantity) as decimal(18, 4)), 0) as units,
        try_cast(sum(l.amount) as decimal(18, 4)) as lines_total,
        case
            when h."value" is not null and h."value" - coalesce(h.shipping, 0) - coalesce(h.tax, 0) >= 0
                then try_cast(h."value" - coalesce(h.shipping, 0) - coalesce(h.tax, 0) as decimal(18, 4))
            else greatest(coalesce(try_cast(sum(l.amount) as decimal(18, 4)), 0), 0)
        end as revenue,
        coalesce(h.shipping, 0) + coalesce(h.tax, 0) as beside
    from headers h
    left join line_rows l on l.shop_id = h.shop_id and l.order_key = h.order_key
    group by h.shop_id, h.order_key, h."value", h.shipping, h.tax
)
select
    * exclude (beside),
    case
        when try_cast(coalesce(revenue, 0) + beside as decimal(18, 4)) is null then 0
        else coalesce(try_cast(beside as decimal(18, 4)), 0)
    end as extra
from summed;
