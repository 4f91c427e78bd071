-- title: All products
-- takes: shop varchar, currency varchar, start timestamp, until timestamp
-- gives: products bigint, views bigint, adds bigint, viewed bigint, viewed_then_added bigint, view_to_cart double, carted bigint, carted_then_bought bigint, cart_to_order double, units decimal(38, 4), revenue decimal(38, 4), out_of_stock bigint, lineless decimal(38, 4)
-- shares: products/by_item
-- define: Sums over all products of the period; view-to-cart is views after which the session added the product divided by views in a known session, cart-to-order sessions that ordered the product after putting it into the cart divided by sessions with it in the cart. Lineless is the revenue of orders that name no product: with it, the revenue of products is booked revenue in the shop's currency, to the cent. Adds are unknown where carts are only told as a whole.
with by_item as (
    -- include: products/by_item
),
unnamed as (
    select sum(revenue) as revenue
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until
      and not bot
      and lines = 0
      and coalesce(currency, $currency) = $currency
)
select
    count(*) as products,
    coalesce(sum(views), 0)::bigint as views,
    case when sum(adds) = 0 and sum(carted) > 0 then null else coalesce(sum(adds), 0) end::bigint as adds,
    coalesce(sum(viewed), 0)::bigint as viewed,
    coalesce(sum(viewed_then_added), 0)::bigint as viewed_then_added,
    case
        when sum(adds) = 0 and sum(carted) > 0 then null
        else sum(viewed_then_added)::double / nullif(sum(viewed), 0)::double
    end as view_to_cart,
    coalesce(sum(carted), 0)::bigint as carted,
    coalesce(sum(carted_then_bought), 0)::bigint as carted_then_bought,
    sum(carted_then_bought)::double / nullif(sum(carted), 0)::double as cart_to_order,
    coalesce(sum(units), 0)::decimal(38, 4) as units,
    coalesce(sum(revenue), 0)::decimal(38, 4) as revenue,
    sum(out_of_stock)::bigint as out_of_stock,
    coalesce((select revenue from unnamed), 0)::decimal(38, 4) as lineless
from by_item
