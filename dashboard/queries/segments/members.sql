-- title: Visitors of the cell
-- takes: shop varchar, currency varchar, method varchar, window_start timestamp, window_until timestamp, cell varchar, page_size bigint, page_offset bigint
-- gives: visitor_id varchar, last_at timestamp, days bigint, orders bigint, revenue decimal(38, 4), r integer, f integer, m integer, name varchar, found bigint
-- define: Buyers of the chosen cell, or all of them, those with the greatest revenue first: ids, days since the last order, orders and booked revenue of the window, and their steps.
-- shares: segments/scored
with scored as (
    -- include: segments/scored
)
select
    visitor_id,
    last_at,
    days,
    orders,
    cast(revenue as decimal(38, 4)) as revenue,
    r,
    f,
    m,
    name,
    count(*) over () as found
from scored
where $cell::varchar is null
   or name = $cell
   or cast(10 * r + f as varchar) = $cell
   or cast(100 * r + 10 * f + m as varchar) = $cell
order by scored.revenue desc, visitor_id
limit $page_size
offset $page_offset
