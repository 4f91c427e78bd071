-- title: Products bought and never viewed
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Products ordered that day that nobody viewed from 28 days before the checked days to their end (by their id or their group's), of all products ordered that day; robots are left out. Often the page and the checkout name a product by different ids.
-- seconds: 10
with days as (
    -- include: quality/days
),
viewed as (
    select item_id as thing
    from items
    where shop_id = $shop
      and ts >= $checked_from::timestamp - interval 28 day
      and ts < $until
      and event in ('view_item', 'select_item')
      and not bot
    group by item_id
    union
    select item_group_id as thing
    from items
    where shop_id = $shop
      and ts >= $checked_from::timestamp - interval 28 day
      and ts < $until
      and event in ('view_item', 'select_item')
      and not bot
      and item_group_id is not null
    group by item_group_id
),
bought as (
    select
        d.day as day,
        l.item_id as item_id,
        max(l.item_group_id) as item_group_id,
        arg_max(l.order_key, (l.placed_at, l.order_key)) as order_key
    from order_lines l
    join days d on d.slot = time_bucket(interval 15 minutes, l.placed_at)
    where l.shop_id = $shop
      and l.placed_at >= $checked_from
      and l.placed_at < $until
      and not l.bot
    group by d.day, l.item_id
),
judged as (
    select
        b.day,
        b.item_id,
        b.order_key,
        v.thing is null and g.thing is null as unviewed
    from bought b
    left join viewed v on v.thing = b.item_id
    left join viewed g on g.thing = b.item_group_id
),
numbers as (
    select
        day,
        count(*) filter (where unviewed) as found,
        count(*) as base,
        arg_max(order_key, (order_key, item_id), 5) filter (where unviewed) as ids,
        arg_max(item_id, (order_key, item_id), 5) filter (where unviewed) as said
    from judged
    group by day
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
