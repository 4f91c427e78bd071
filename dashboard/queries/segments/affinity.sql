-- title: Affinity by category and brand
-- takes: shop varchar, window_start timestamp, window_until timestamp
-- gives: item_category varchar, item_brand varchar, visitors bigint, share double, strength double, orders bigint
-- define: Of visitors with three orders or more in the window, how many bought a pair of category and brand in at least two of them: their share of all such visitors who bought any pair again, and the mean strength (orders with the pair divided by all orders of the visitor). Category and brand are the last that an event of the window told of the product; what was never told is unknown. Bots are left out.
-- rows: 500
-- shares: segments/affine
with affine as (
    -- include: segments/affine
),
everyone as (
    select count(distinct visitor_id) as visitors
    from affine
)
select
    a.item_category,
    a.item_brand,
    count(*) as visitors,
    count(*) / max(e.visitors) as share,
    avg(a.strength) as strength,
    cast(sum(a.orders) as bigint) as orders
from affine a
cross join everyone e
group by a.item_category, a.item_brand
order by count(*) desc, sum(a.orders) desc, a.item_category nulls last, a.item_brand nulls last
limit 500
