-- Cart moves of the batch.
create or replace temp table new_moves as
with cart_events as (
    select
        rowid as n,
        shop_id,
        visitor_id,
        md5_number_lower(shop_id || chr(31) || visitor_id)::ubigint as visitor_hash,
        ts,
        request_id,
        seq,
        event_id,
        case
            when event = 'cart_update' then 'snapshot'
            when event = 'add_to_cart' then 'add'
            when event = 'remove_from_cart' then
                case when list_contains(coalesce(notes, []), 'remove_all') then 'remove_all' else 'remove' end
            else 'bought'
        end as kind
    from arrived
    where visitor_id is not null
      and (event in ('add_to_cart', 'remove_from_cart', 'purchase') or (event = 'cart_update' and is_full))
      and rowid not in (select n from repeated)
)
select
    e.* exclude (n),
    i.line,
    i.item_id,
    case when e.kind in ('remove_all', 'bought') then 0 else coalesce(i.quantity, 1) end::decimal(18, 4) as quantity
from cart_events e
join batch_items i on i.n = e.n
union all
select * exclude (n), -1 as line, null as item_id, 0::decimal(18, 4) as quantity
from cart_events
where kind = 'snapshot';

insert into cart_moves by name
select * from new_moves;

insert into cart_visitors
select distinct shop_id, visitor_id, visitor_hash
from new_moves;
