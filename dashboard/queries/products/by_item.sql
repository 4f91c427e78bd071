-- title: Every product
-- takes: shop varchar, currency varchar, start timestamp, until timestamp
-- gives: item_id varchar, item_name varchar, item_brand varchar, item_category varchar, views bigint, adds bigint, viewed bigint, viewed_then_added bigint, carted bigint, carted_then_bought bigint, units decimal(38, 4), revenue decimal(38, 4), out_of_stock bigint
-- define: Per product what happened in the period, without bots. Name, brand and category are the last that any event of the period told. Viewed are views in a known session, viewed_then_added those of them at or after which the session added the product. Carted are sessions that put the product into the cart or showed a cart with it, carted_then_bought those of them that ordered it afterwards; both are followed for a day after the period. Revenue is of order lines in the shop's currency. Views out of stock are unknown where no view of the period tells the stock.
-- rows: 1000000
with seen as (
    select
        item_id,
        arg_max(item_name, (told_at, item_name)) as item_name,
        arg_max(item_brand, (told_at, item_brand)) as item_brand,
        arg_max(item_category, (told_at, item_category)) as item_category,
        sum(views)::bigint as views,
        sum(viewed)::bigint as viewed,
        sum(adds)::bigint as adds
    from (
        select
            item_id,
            item_name,
            item_brand,
            item_category,
            max(ts) as told_at,
            count(*) filter (where event = 'view_item') as views,
            count(session_key) filter (where event = 'view_item') as viewed,
            count(*) filter (where event = 'add_to_cart') as adds
        from items
        where shop_id = $shop
          and ts >= $start
          and ts < $until
          and not bot
        group by item_id, item_name, item_brand, item_category
    ) told
    group by item_id
),
carts as (
    select
        session_key,
        item_id,
        max(case when event = 'add_to_cart' then ts else null end) as added_at,
        min(ts) as carted_at
    from items
    where shop_id = $shop
      and ts >= $start
      and ts < $until + interval 24 hour
      and event in ('add_to_cart', 'cart_update')
      and not bot
      and session_key is not null
    group by session_key, item_id
),
bought as (
    select session_key, item_id, max(placed_at) as bought_at
    from order_lines
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until + interval 24 hour
      and not bot
      and session_key is not null
    group by session_key, item_id
),
followed as (
    select v.item_id, count(*) as viewed_then_added
    from items v
    join carts c
      on c.session_key = v.session_key
     and c.item_id = v.item_id
     and c.added_at >= v.ts
    where v.shop_id = $shop
      and v.ts >= $start
      and v.ts < $until
      and v.event = 'view_item'
      and not v.bot
    group by v.item_id
),
kept as (
    select
        c.item_id,
        count(*) as carted,
        count(*) filter (where b.bought_at >= c.carted_at) as carted_then_bought
    from carts c
    left join bought b
      on b.session_key = c.session_key
     and b.item_id = c.item_id
    where c.carted_at < $until
    group by c.item_id
),
sold as (
    select
        item_id,
        arg_max(item_name, (placed_at, order_key, line)) as item_name,
        sum(quantity) as units,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from order_lines
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until
      and not bot
    group by item_id
),
-- Whether a product was in stock stands in the items as they were sent, and nowhere else.
stock as (
    select count(*) as told
    from events
    where shop_id = $shop
      and ts >= $start
      and ts < $until
      and event = 'view_item'
      and not bot
      and contains(items, '"in_stock":')
),
missing as (
    select item.item_id as item_id, count(*) as out_of_stock
    from (
        select unnest(from_json(items, '[{"item_id":"VARCHAR","in_stock":"BOOLEAN"}]')) as item
        from events
        where shop_id = $shop
          and ts >= $start
          and ts < $until
          and event = 'view_item'
          and not bot
          and contains(items, '"in_stock":false')
    ) told
    where not item.in_stock
    group by item.item_id
),
known as (
    select
        coalesce(n.item_id, s.item_id) as item_id,
        coalesce(n.item_name, s.item_name) as item_name,
        n.item_brand,
        n.item_category,
        coalesce(n.views, 0) as views,
        coalesce(n.viewed, 0) as viewed,
        coalesce(n.adds, 0) as adds,
        coalesce(s.units, 0) as units,
        coalesce(s.revenue, 0) as revenue
    from seen n
    full join sold s
      on s.item_id = n.item_id
)
select
    n.item_id,
    n.item_name,
    n.item_brand,
    n.item_category,
    n.views,
    n.adds,
    n.viewed,
    coalesce(f.viewed_then_added, 0) as viewed_then_added,
    coalesce(k.carted, 0) as carted,
    coalesce(k.carted_then_bought, 0) as carted_then_bought,
    n.units::decimal(38, 4) as units,
    n.revenue::decimal(38, 4) as revenue,
    case when t.told = 0 then null else coalesce(m.out_of_stock, 0) end as out_of_stock
from known n
cross join stock t
left join followed f
  on f.item_id = n.item_id
left join kept k
  on k.item_id = n.item_id
left join missing m
  on m.item_id = n.item_id
