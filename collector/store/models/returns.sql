-- What was given back of the orders that are told again (docs/definitions.md, "Orders and money").
-- Refunds are those of the vendor that tells the order, else those of the one that told of one first.
create or replace temp table given_back as
with told as (
    select v.*, v.vendor = s.chosen.vendor as own
    from versions v
    join sides s on s.shop_id = v.shop_id and s.order_key = v.order_key
    where v.event = 'refund'
)
select *
from told
qualify own
     or (
         not bool_or(own) over (partition by shop_id, order_key)
         and vendor = arg_min(vendor, {'received_at': received_at, 'request_id': request_id, 'seq': seq})
             over (partition by shop_id, order_key)
     );

create or replace temp table back_items as
with parsed as (
    select
        shop_id,
        order_key,
        event_id,
        from_json(items, '[{"item_id":"VARCHAR","item_variant":"VARCHAR","price":"VARCHAR","quantity":"VARCHAR"}]') as found
    from given_back
    where items is not null
),
listed as (
    select * exclude (found), unnest(found) as item
    from parsed
)
select
    shop_id,
    order_key,
    event_id,
    item.item_id,
    item.item_variant,
    abs(coalesce(try_cast(item.quantity as decimal(18, 4)), 1)) as quantity,
    abs(coalesce(try_cast(item.price as decimal(18, 4)), 0)) as price
from listed
where item.item_id is not null;

-- What an order has, and what an earlier version of it had: an edit that took an item out took it off already.
create or replace temp table once_bought as
with parsed as (
    select
        v.shop_id,
        v.order_key,
        unnest(from_json(v.items, '[{"item_id":"VARCHAR"}]')) as item
    from versions v
    semi join given_back g on g.order_key = v.order_key and g.shop_id = v.shop_id
    where v.event <> 'refund'
      and v.items is not null
)
select distinct shop_id, order_key, item.item_id as item_id
from parsed
where item.item_id is not null;

-- Quantities: a variant that the order has takes its own lines, what names none any line of its item.
create or replace temp table back_quantities as
with wanted as (
    select
        b.shop_id,
        b.order_key,
        b.item_id,
        v.item_variant,
        sum(b.quantity) as quantity
    from back_items b
    left join (select distinct shop_id, order_key, item_id, item_variant from line_rows) v
      on v.shop_id = b.shop_id
     and v.order_key = b.order_key
     and v.item_id = b.item_id
     and v.item_variant = b.item_variant
    group by b.shop_id, b.order_key, b.item_id, v.item_variant
),
by_variant as (
    select
        l.shop_id,
        l.order_key,
        l.line,
        l.item_id,
        greatest(l.quantity, 0) as bought,
        least(
            greatest(l.quantity, 0),
            greatest(0, coalesce(w.quantity, 0) - (sum(greatest(l.quantity, 0)) over same - greatest(l.quantity, 0)))
        ) as taken
    from line_rows l
    semi join back_items b on b.shop_id = l.shop_id and b.order_key = l.order_key
    left join wanted w
      on w.shop_id = l.shop_id
     and w.order_key = l.order_key
     and w.item_id = l.item_id
     and w.item_variant = l.item_variant
    window same as (
        partition by l.shop_id, l.order_key, l.item_id, l.item_variant order by l.line
        rows between unbounded preceding and current row
    )
)
select
    v.shop_id,
    v.order_key,
    v.line,
    (v.taken + least(
        v.bought - v.taken,
        greatest(0, coalesce(w.quantity, 0) - (sum(v.bought - v.taken) over same - (v.bought - v.taken)))
    ))::decimal(18, 4) as quantity
from by_variant v
left join wanted w
  on w.shop_id = v.shop_id
 and w.order_key = v.order_key
 and w.item_id = v.item_id
 and w.item_variant is null
window same as (
    partition by v.shop_id, v.order_key, v.item_id order by v.line
    rows between unbounded preceding and current row
);

-- Amounts: a refund that names none of the order's items gives back its value, without shipping and tax;
-- one that names nothing and no value, the whole order. Of items beside those of the order their price counts.
create or replace temp table back_totals as
with named as (
    select
        b.shop_id,
        b.order_key,
        b.event_id,
        bool_or(o.item_id is not null) as known,
        try_cast(
            sum(try(b.quantity::decimal(38, 4) * b.price::decimal(38, 4))) filter (where o.item_id is null)
            as decimal(18, 4)
        ) as beside
    from back_items b
    left join once_bought o on o.shop_id = b.shop_id and o.order_key = b.order_key and o.item_id = b.item_id
    group by b.shop_id, b.order_key, b.event_id
),
amounts as (
    select
        g.shop_id,
        g.order_key,
        n.event_id is null and g."value" is null as whole,
        case
            when coalesce(n.known, false) then coalesce(n.beside, 0)
            when g."value" is null then coalesce(n.beside, 0)
            when abs(g."value") - coalesce(g.shipping, 0) - coalesce(g.tax, 0) >= 0
                then abs(g."value") - coalesce(g.shipping, 0) - coalesce(g.tax, 0)
            else abs(g."value")
        end as amount,
        coalesce(g.currency <> h.currency, false) as apart
    from given_back g
    join headers h on h.shop_id = g.shop_id and h.order_key = g.order_key
    left join named n on n.shop_id = g.shop_id and n.order_key = g.order_key and n.event_id = g.event_id
)
select
    shop_id,
    order_key,
    bool_or(whole) as whole,
    coalesce(try_cast(sum(amount) filter (where not apart) as decimal(18, 4)), 0) as amount,
    count(*)::integer as refunds,
    (count(*) filter (where apart and amount > 0))::integer as refunds_apart
from amounts
group by shop_id, order_key;
