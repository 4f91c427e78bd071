-- title: Orders whose amounts are converted
-- takes: shop varchar, currency varchar, zone varchar, convert varchar
-- gives: order_key varchar, day date, rate decimal(18, 8)
-- define: Orders in another currency with a rate of their day, where the page converts; else none.
-- rows: 10000000
select order_key, day, rate
from (
    -- include: lens/known
) known
where $convert = 'shop'
