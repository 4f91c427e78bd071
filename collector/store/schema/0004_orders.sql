-- What was given back and what stands beside the goods, so that every kind of money is a sum:
-- booked is `revenue`, net is `revenue - undone`, gross is `revenue + extra`.
alter table orders add column undone decimal(18, 4) default 0;          -- taken back: cancelled, returned, refunded
alter table orders add column extra decimal(18, 4) default 0;           -- shipping and tax
alter table orders add column undone_units decimal(18, 4) default 0;
alter table orders add column refunds integer default 0;                -- reports of money given back that count
alter table orders add column refunds_apart integer default 0;          -- of them in another currency: not taken off

alter table order_lines add column undone_quantity decimal(18, 4) default 0;    -- kept is `quantity - undone_quantity`
alter table order_lines add column undone decimal(18, 4) default 0;
alter table order_lines add column extra decimal(18, 4) default 0;              -- the line's part of the order's

-- Refunds are reports of an order as its other versions are.
insert into order_versions by name
select
    shop_id,
    coalesce(order_key, transaction_id) as order_key,
    event_id,
    request_id,
    seq,
    received_at,
    ts,
    vendor,
    endpoint as surface,
    is_line,
    transaction_id,
    visitor_id as node,
    visitor_id,
    device_id,
    user_id,
    session_key,
    "value",
    currency,
    shipping,
    tax,
    coupon,
    payment_type,
    order_status,
    items,
    recommended_by,
    recommended_code,
    bot,
    event
from events
where event = 'refund'
  and coalesce(order_key, transaction_id) is not null;

-- Units of the shop's currency for one of another, from a day of the shop's clock on. Told by the control data.
create table rates (
    shop_id  varchar        not null,
    currency varchar        not null,
    day      date           not null,
    rate     decimal(18, 8) not null
);
