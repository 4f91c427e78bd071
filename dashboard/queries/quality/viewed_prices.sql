-- title: Prices at which products were viewed
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar, currency varchar
-- gives: day date, item_id varchar, currency varchar, low decimal(18, 4), high decimal(18, 4)
-- define: The lowest and the highest price at which a product was viewed on a day, in one currency; robots and prices of 0 are left out.
-- rows: 1000000
with days as (
    -- include: quality/days
),
priced as (
    select
        time_bucket(interval 15 minutes, ts) as slot,
        item_id,
        coalesce(currency, $currency) as currency,
        min(price) as low,
        max(price) as high
    from items
    where shop_id = $shop
      and ts >= $checked_from
      and ts < $until
      and event = 'view_item'
      and price > 0
      and not bot
    group by time_bucket(interval 15 minutes, ts), item_id, coalesce(currency, $currency)
)
select
    d.day as day,
    p.item_id as item_id,
    p.currency as currency,
    min(p.low) as low,
    max(p.high) as high
from priced p
join days d on d.slot = p.slot
group by d.day, p.item_id, p.currency
