-- title: Purchases without a view or a cart before
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Order lines whose visitor had neither viewed the product (or one of its group) nor put it into the cart in the 28 days before the order, of all order lines of known visitors placed that day; robots are left out.
-- seconds: 10
with days as (
    -- include: quality/days
),
bought as (
    select order_key, line, placed_at, visitor_id, item_id, item_group_id
    from order_lines
    where shop_id = $shop
      and placed_at >= $checked_from
      and placed_at < $until
      and visitor_id is not null
      and not bot
),
touched as (
    select visitor_id, item_id, item_group_id, ts
    from items
    where shop_id = $shop
      and ts >= $checked_from::timestamp - interval 28 day
      and ts < $until
      and event in ('view_item', 'select_item', 'add_to_cart', 'view_cart', 'cart_update')
      and visitor_id in (select visitor_id from bought)
),
met as (
    select b.order_key, b.line
    from bought b
    join touched t on t.visitor_id = b.visitor_id and t.item_id = b.item_id
    where t.ts <= b.placed_at
      and t.ts >= b.placed_at - interval 28 day
    union
    select b.order_key, b.line
    from bought b
    join touched t on t.visitor_id = b.visitor_id and t.item_group_id = b.item_group_id
    where t.ts <= b.placed_at
      and t.ts >= b.placed_at - interval 28 day
),
numbers as (
    select
        d.day as day,
        count(*) filter (where m.order_key is null) as found,
        count(*) as base,
        arg_max(b.order_key, (b.placed_at, b.order_key, b.line), 5) filter (where m.order_key is null) as ids,
        arg_max(b.item_id, (b.placed_at, b.order_key, b.line), 5) filter (where m.order_key is null) as said
    from bought b
    join days d on d.slot = time_bucket(interval 15 minutes, b.placed_at)
    left join met m on m.order_key = b.order_key and m.line = b.line
    group by d.day
)
select
    d.day as day,
    n.found::double / nullif(n.base, 0) as value,
    coalesce(n.found, 0) as found,
    coalesce(n.base, 0) as base,
    null::varchar as about,
    coalesce(n.ids, []) as ids,
    coalesce(n.said, []) as said
from (select day from days group by day) d
left join numbers n on n.day = d.day
order by d.day
