-- title: Orders in other currencies, and what those were worth
-- takes: shop varchar, currency varchar, zone varchar
-- gives: order_key varchar, day date, rate decimal(18, 8)
-- define: Orders in another currency than the shop's, and what one unit of it was worth on the order's day of the shop's clock: the last rate told for that day or one of the seven before it. Left out is an order without such a rate, and one whose amounts would be too large.
-- rows: 10000000
select
    o.order_key,
    r.day,
    r.rate
from (
    select
        order_key,
        currency,
        cast(timezone($zone, timezone('UTC', placed_at)) as date) as order_day,
        cast(greatest(revenue, revenue + extra) as decimal(38, 4)) as largest
    from main.orders
    where shop_id = $shop
      and currency <> $currency
) o
asof join (
    select currency, day, rate
    from main.rates
    where shop_id = $shop
) r
  on r.currency = o.currency
 and r.day <= o.order_day
where date_diff('day', r.day, o.order_day) <= 7
  and try_cast(o.largest * r.rate as decimal(18, 4)) is not null
