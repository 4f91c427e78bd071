-- `order_changed` marks another content of a known order.
create or replace temp table changed_orders as
with headers as (
    select
        rowid as n,
        shop_id,
        order_key,
        row_number() over (partition by shop_id, order_key order by line, seq, rowid) as nth
    from arrived
    where event = 'purchase'
      and order_key is not null
      and not is_line
      and rowid not in (select n from repeated)
)
select n
from headers
where nth > 1
union
select h.n
from headers h
semi join (
    select shop_id, order_key
    from order_versions
    where event = 'purchase' and not is_line
) v on v.order_key = h.order_key and v.shop_id = h.shop_id;
