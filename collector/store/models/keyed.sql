-- Events that can be recognised again (UUIDv5), and those of them that are orders known for ever.
create or replace temp table keyed as
select
    rowid as n,
    event_id,
    line,
    seq,
    ts,
    ts_source,
    received_at,
    event = 'purchase' or (event = 'order_status' and coalesce(order_key, transaction_id) is not null) as is_order
from arrived
where keyed;

create or replace temp table known as
select event_id
from order_versions
where event_id in (select event_id from keyed where is_order);
