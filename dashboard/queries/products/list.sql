-- title: Products, brands or categories
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, tab varchar, find varchar
-- gives: thing varchar, item_name varchar, views bigint, out_of_stock bigint, adds bigint, view_to_cart double, cart_to_order double, units decimal(38, 4), revenue decimal(38, 4), share double, found bigint, found_revenue decimal(38, 4)
-- shares: products/by_item
-- define: The 500 that earn most and then are viewed most; one row a product, or the sum of a brand's or a category's products. A category is the whole path as it was sent; what was not sent is one row without a name. Shares are of the revenue of all products. Found_revenue is the revenue of all that match.
with by_item as (
    -- include: products/by_item
),
things as (
    select
        case $tab when 'brands' then item_brand when 'categories' then item_category else item_id end as thing,
        case when $tab = 'products' then item_name else null end as item_name,
        views, adds, viewed, viewed_then_added, carted, carted_then_bought, units, revenue, out_of_stock,
        sum(adds) over () = 0 and sum(carted) over () > 0 as whole_carts,
        sum(revenue) over () as all_revenue
    from by_item
),
summed as (
    select
        thing,
        item_name,
        sum(views)::bigint as views,
        sum(out_of_stock)::bigint as out_of_stock,
        case when whole_carts then null else sum(adds) end::bigint as adds,
        case
            when whole_carts then null
            else sum(viewed_then_added)::double / nullif(sum(viewed), 0)::double
        end as view_to_cart,
        sum(carted_then_bought)::double / nullif(sum(carted), 0)::double as cart_to_order,
        sum(units)::decimal(38, 4) as units,
        sum(revenue)::decimal(38, 4) as revenue,
        sum(revenue)::double / nullif(any_value(all_revenue), 0)::double as share
    from things
    group by thing, item_name, whole_carts
)
select
    *,
    count(*) over () as found,
    (sum(revenue) over ())::decimal(38, 4) as found_revenue
from summed
where $find::varchar is null
   or contains(lower(thing), lower($find::varchar))
   or contains(lower(item_name), lower($find::varchar))
order by revenue desc, views desc, thing
limit 500
