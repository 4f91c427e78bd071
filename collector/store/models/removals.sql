-- The full removals of every visitor whose cart moves are new, or moved.
-- All moves of the visitors concerned, where anything could have been removed at all.
create or replace temp table found_moves as
select m.rowid as rid
from cart_moves m
semi join cart_visitors n on n.visitor_hash = m.visitor_hash;

create or replace temp table read_moves as
select m.*
from cart_moves m
join found_moves f on f.rid = m.rowid;

create or replace temp table visitor_moves as
select *
from read_moves
qualify bool_or(kind in ('remove', 'remove_all', 'snapshot')) over (partition by shop_id, visitor_id);

delete from cart_removals
using (
    select distinct shop_id, visitor_id from visitor_moves
    union
    select shop_id, old_id as visitor_id from moved
) v
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
