-- title: Orders with the page's money
-- takes: money varchar, convert varchar
-- gives: shop_id varchar, order_key varchar, revenue decimal(18, 4), currency varchar
-- define: Every order as it is stored, but for its revenue: booked is without shipping and tax, net the same with 0 for a cancelled order, gross the total with shipping and tax.
-- rows: 10000000
select * replace (
    cast(case
        when $money = 'gross' then coalesce("value", revenue + coalesce(shipping, 0) + coalesce(tax, 0))
        when $money = 'net' and cancelled then 0
        else revenue
    end as decimal(18, 4)) as revenue
)
from main.orders
where $convert::varchar is not null
