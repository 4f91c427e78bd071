-- Pairs of products told again for the orders that the batch told again, and for those whose order
-- before is another one now.
create or replace temp table feed_dirty as
select distinct shop_id, order_key
from dirty_orders;

create or replace temp table feed_told_orders as
select
    o.shop_id,
    o.order_key,
    any_value(o.visitor_id) as visitor_id,
    any_value(o.placed_at) as placed_at,
    list_sort(list_distinct(list(l.item_id))) as items
from orders o
join feed_dirty d on d.order_key = o.order_key and d.shop_id = o.shop_id
join order_lines l on l.order_key = o.order_key and l.shop_id = o.shop_id
where not o.bot
  and not o.cancelled
group by o.shop_id, o.order_key;

-- Visitors whose sequence of orders may be another one: those of the orders as they were and as they are.
create or replace temp table feed_buyers as
select f.shop_id, f.visitor_id
from feed_orders f
join feed_dirty d on d.order_key = f.order_key and d.shop_id = f.shop_id
where f.visitor_id is not null
union
select shop_id, visitor_id
from feed_told_orders
where visitor_id is not null;

delete from feed_orders
using feed_dirty d
where d.order_key = feed_orders.order_key
  and d.shop_id = feed_orders.shop_id;

insert into feed_orders by name
select *, null as before_key
from feed_told_orders
order by placed_at, shop_id, order_key;

create or replace temp table feed_sequence as
select
    f.shop_id,
    f.order_key,
    f.before_key as known_key,
    lag(f.order_key) over (
        partition by f.shop_id, f.visitor_id order by f.placed_at, f.order_key
    ) as before_key
from feed_orders f
join feed_buyers b on b.visitor_id = f.visitor_id and b.shop_id = f.shop_id;

update feed_orders set before_key = s.before_key
from feed_sequence s
where s.order_key = feed_orders.order_key
  and s.shop_id = feed_orders.shop_id
  and s.before_key is distinct from s.known_key;

create or replace temp table feed_again as
select shop_id, order_key
from feed_dirty
union
select s.shop_id, s.order_key
from feed_sequence s
left join feed_dirty d on d.shop_id = s.shop_id and d.order_key = s.before_key
where s.before_key is distinct from s.known_key
   or d.order_key is not null;

delete from feed_pairs
using (
    select shop_id, order_key, md5_number_lower(shop_id || chr(31) || order_key)::ubigint as order_hash
    from feed_again
) a
where a.order_hash = feed_pairs.order_hash
  and a.order_key = feed_pairs.order_key
  and a.shop_id = feed_pairs.shop_id;

-- An order of more than 20 products says nothing of what goes together, and an order within five
-- minutes of another is a part of it; what is bought half a year later is not bought next.
insert into feed_pairs by name
with told as (
    select f.*
    from feed_orders f
    join feed_again a on a.order_key = f.order_key and a.shop_id = f.shop_id
),
followed as (
    select t.shop_id, t.order_key, t.placed_at, t.items, b.items as before_items
    from told t
    join feed_orders b on b.order_key = t.before_key and b.shop_id = t.shop_id
    where len(t.items) <= 20
      and len(b.items) <= 20
      and date_diff('second', b.placed_at, t.placed_at) between 300 and 180 * 86400
),
own as (
    select shop_id, order_key, placed_at, unnest(items) as item_id, items
    from told
),
afore as (
    select shop_id, order_key, placed_at, unnest(before_items) as item_id, items
    from followed
),
paired as (
    select shop_id, 'in' as kind, order_key, placed_at, item_id, item_id as other_id
    from own
    union all
    select shop_id, 'together' as kind, order_key, placed_at, item_id, unnest(items) as other_id
    from own
    where len(items) between 2 and 20
    union all
    select shop_id, 'next' as kind, order_key, placed_at, item_id, unnest(items) as other_id
    from afore
)
select
    *,
    md5_number_lower(shop_id || chr(31) || kind || chr(31) || item_id)::ubigint as pair_hash,
    md5_number_lower(shop_id || chr(31) || order_key)::ubigint as order_hash
from paired
where kind = 'in'
   or item_id <> other_id
order by placed_at, shop_id, order_key, kind, item_id, other_id;
