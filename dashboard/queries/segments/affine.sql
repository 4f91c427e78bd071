-- title: What loyal visitors buy again
-- takes: shop varchar, window_start timestamp, window_until timestamp
-- gives: visitor_id varchar, item_category varchar, item_brand varchar, orders bigint, of_orders bigint, strength double
-- define: Visitors with three orders or more in the window, without bots, and each pair of category and brand that at least two of their orders hold; the strength is those orders divided by all of the visitor's. Category and brand are the last that an event of the window told of the product; one that was never told is unknown and makes a pair too, both unknown make none.
-- rows: 10000000
with loyal as (
    select visitor_id, count(*) as of_orders
    from orders
    where shop_id = $shop
      and placed_at >= $window_start
      and placed_at < $window_until
      and not bot
      and visitor_id is not null
    group by visitor_id
    having count(*) >= 3
),
bought as (
    select distinct o.visitor_id, l.order_key, l.item_id
    from order_lines l
    join orders o
      on o.shop_id = l.shop_id
     and o.order_key = l.order_key
    where l.shop_id = $shop
      and l.placed_at >= $window_start
      and l.placed_at < $window_until
      and not l.bot
      and o.visitor_id in (select visitor_id from loyal)
),
told as (
    select item_id, item_category, item_brand, max(ts) as told_at
    from items
    where shop_id = $shop
      and ts >= $window_start
      and ts < $window_until
      and not bot
      and (item_category is not null or item_brand is not null)
      and item_id in (select item_id from bought)
    group by item_id, item_category, item_brand
),
known as (
    select
        item_id,
        arg_max(item_category, (told_at, item_category)) as item_category,
        arg_max(item_brand, (told_at, item_brand)) as item_brand
    from told
    group by item_id
),
pairs as (
    select
        b.visitor_id,
        k.item_category,
        k.item_brand,
        count(distinct b.order_key) as orders
    from bought b
    join known k
      on k.item_id = b.item_id
    group by b.visitor_id, k.item_category, k.item_brand
)
select
    p.visitor_id,
    p.item_category,
    p.item_brand,
    p.orders,
    l.of_orders,
    p.orders / l.of_orders as strength
from pairs p
join loyal l
  on l.visitor_id = p.visitor_id
where p.orders >= 2
