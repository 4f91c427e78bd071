-- title: Top products
-- takes: shop varchar, start timestamp, until timestamp, currency varchar
-- gives: item_id varchar, item_name varchar, orders bigint, units decimal, revenue decimal
-- define: The ten products with the highest booked revenue of order lines in the period. The name is the last one an order line carried, else the last one any event of the period's last seven days did.
with best as (
    select
        item_id,
        arg_max(item_name, (placed_at, order_key, line)) as item_name,
        count(distinct order_key) as orders,
        sum(quantity) as units,
        sum(revenue) as revenue
    from order_lines
    where shop_id = $shop
      and not bot
      and placed_at >= $start
      and placed_at < $until
      and coalesce(currency, $currency) = $currency
    group by item_id
    order by sum(revenue) desc, item_id
    limit 10
),
seen as (
    select
        item_id,
        arg_max(item_name, (ts, event_id, line)) as item_name
    from items
    where shop_id = $shop
      and ts >= $until::timestamp - interval 7 days
      and ts < $until
      and item_name is not null
      and item_id in (select item_id from best where item_name is null)
    group by item_id
)
select
    best.item_id as item_id,
    coalesce(best.item_name, seen.item_name) as item_name,
    best.orders as orders,
    best.units as units,
    best.revenue as revenue
from best
left join seen on seen.item_id = best.item_id
order by best.revenue desc, best.item_id
