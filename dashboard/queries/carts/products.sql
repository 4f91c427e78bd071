-- title: Products left in carts
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint
-- gives: item_id varchar, item_name varchar, carts bigint, units decimal(38, 4), price decimal(18, 4), worth decimal(38, 4)
-- shares: carts/left
-- define: The 50 products that stand in most abandoned carts, with the units left and their value at the last known price; unknown where no price was sent. The name is the last that any event of the period or the week before it told.
with top as (
    select
        item_id,
        count(*) as carts,
        sum(quantity) as units,
        any_value(price) as price
    from (
        -- include: carts/left
    ) left_ones
    where state = 'abandoned'
    group by item_id
    order by carts desc, item_id
    limit 50
),
named as (
    select item_id, arg_max(item_name, (ts, event_id, line)) as item_name
    from items
    where shop_id = $shop
      and ts >= $start - interval 168 hour
      and ts < $until
      and not bot
      and item_name is not null
      and item_id in (select item_id from top)
    group by item_id
)
select
    t.item_id,
    n.item_name,
    t.carts,
    t.units::decimal(38, 4) as units,
    t.price,
    (t.units * t.price)::decimal(38, 4) as worth
from top t
left join named n
  on n.item_id = t.item_id
order by t.carts desc, t.item_id
