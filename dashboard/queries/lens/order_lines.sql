-- title: Order lines with the page's money
-- takes: money varchar, convert varchar
-- gives: shop_id varchar, order_key varchar, line integer, revenue decimal(18, 4), currency varchar
-- define: Every line as it is stored, but for its revenue: 0 in net where its order was cancelled.
-- rows: 10000000
select l.* replace (
    cast(case when $money = 'net' and o.cancelled then 0 else l.revenue end as decimal(18, 4)) as revenue
)
from main.order_lines l
join main.orders o
  on o.shop_id = l.shop_id
 and o.order_key = l.order_key
where $convert::varchar is not null
