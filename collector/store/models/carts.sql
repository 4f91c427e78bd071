-- Cart moves of the batch, and the full removals of every visitor they concern.
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

-- All moves of the visitors concerned, where anything could have been removed at all.
create or replace temp table found_moves as
select m.rowid as rid
from cart_moves m
semi join new_moves n on n.visitor_hash = m.visitor_hash;

create or replace temp table read_moves as
select m.*
from cart_moves m
join found_moves f on f.rid = m.rowid;

create or replace temp table visitor_moves as
select *
from read_moves
qualify bool_or(kind in ('remove', 'remove_all', 'snapshot')) over (partition by shop_id, visitor_id);

delete from cart_removals
using (select distinct shop_id, visitor_id from visitor_moves) v
where v.visitor_id = cart_removals.visitor_id
  and v.shop_id = cart_removals.shop_id;

-- An item's quantity restarts at every snapshot of the cart, purchase and complete removal; between
-- them it is the running sum that never falls below zero: S - least(0, lowest S so far).
insert into cart_removals by name
with moves as (
    select
        *,
        count(*) filter (where line = -1) over (
            partition by shop_id, visitor_id order by ts, request_id, seq, line
            rows between unbounded preceding and current row
        ) as snapshot_no
    from visitor_moves
),
item_moves as (
    select
        *,
        count(*) filter (where kind in ('bought', 'remove_all')) over (
            partition by shop_id, visitor_id, item_id, snapshot_no order by ts, request_id, seq, line
            rows between unbounded preceding and current row
        ) as restart_no
    from moves
    where line >= 0
),
summed as (
    select
        *,
        sum(case when kind = 'remove' then -quantity else quantity end) over (
            partition by shop_id, visitor_id, item_id, snapshot_no, restart_no order by ts, request_id, seq, line
            rows between unbounded preceding and current row
        ) as total
    from item_moves
),
floored as (
    select
        *,
        total - least(0, min(total) over (
            partition by shop_id, visitor_id, item_id, snapshot_no, restart_no order by ts, request_id, seq, line
            rows between unbounded preceding and current row
        )) as held
    from summed
)
select distinct shop_id, visitor_id, ts, event_id, item_id
from floored
where kind = 'remove_all'
   or (kind = 'remove' and held = 0)
union all
select m.shop_id, m.visitor_id, m.ts, m.event_id, null as item_id
from moves m
anti join item_moves i on i.shop_id = m.shop_id and i.visitor_id = m.visitor_id and i.event_id = m.event_id
where m.line = -1;
