-- title: Cells of the cube
-- takes: shop varchar, currency varchar, method varchar, window_start timestamp, window_until timestamp
-- gives: r integer, f integer, m integer, name varchar, visitors bigint, orders bigint, valued bigint, revenue decimal(38, 4), days double
-- define: Buyers of the window by their steps of recency, frequency and money, 5 being best: how many there are, their orders (valued: those in the shop's currency), their booked revenue, and the mean of the days since their last order.
-- shares: segments/scored
with scored as (
    -- include: segments/scored
)
select
    r,
    f,
    m,
    name,
    count(*) as visitors,
    cast(sum(orders) as bigint) as orders,
    cast(sum(valued) as bigint) as valued,
    cast(sum(revenue) as decimal(38, 4)) as revenue,
    avg(days) as days
from scored
group by r, f, m, name
order by r desc, f desc, m desc
