-- title: Visitors and what they buy again
-- takes: shop varchar, window_start timestamp, window_until timestamp, page_size bigint, page_offset bigint
-- gives: visitor_id varchar, item_category varchar, item_brand varchar, orders bigint, of_orders bigint, strength double, found bigint
-- define: Each visitor with three orders or more in the window, and each pair of category and brand that at least two of those orders hold, the strongest first: orders with the pair, all orders of the visitor, and the one divided by the other. Bots are left out.
-- shares: segments/affine
with affine as (
    -- include: segments/affine
)
select
    visitor_id,
    item_category,
    item_brand,
    orders,
    of_orders,
    strength,
    count(*) over () as found
from affine
order by affine.strength desc, affine.orders desc, visitor_id, item_category nulls last, item_brand nulls last
limit $page_size
offset $page_offset
