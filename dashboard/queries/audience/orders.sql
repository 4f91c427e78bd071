-- title: Orders of a size
-- takes: shop varchar, currency varchar, as_of timestamp, since timestamp, until timestamp, measure varchar, least decimal, most decimal
-- gives: visitor_id varchar
-- define: Visitors by their orders of the days, without bots: the count, the sum and the mean of booked revenue in the shop's currency (of those who have any in it), or whole days of 24 hours between the last and the moment.
-- rows: 100000000
with bought as (
    select
        visitor_id,
        count(*) as orders,
        count(*) filter (where coalesce(currency, $currency) = $currency) as valued,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue,
        max(placed_at) as last_at
    from orders
    where shop_id = $shop
      and placed_at >= $since
      and placed_at < $until
      and not bot
      and visitor_id is not null
    group by visitor_id
),
-- A mean is compared by its sum, so that nothing is rounded.
measured as (
    select
        visitor_id,
        case $measure
            when 'count' then cast(orders as decimal(38, 4))
            when 'days_since' then cast(floor(date_diff('second', last_at, $as_of::timestamp) / 86400) as decimal(38, 4))
            else cast(revenue as decimal(38, 4))
        end as amount,
        cast(case $measure when 'average' then valued else 1 end as decimal(18, 0)) as parts
    from bought
    where $measure in ('count', 'days_since')
       or valued > 0
)
select visitor_id
from measured
where ($least::decimal(18, 4) is null or amount >= cast($least as decimal(18, 4)) * parts)
  and ($most::decimal(18, 4) is null or amount <= cast($most as decimal(18, 4)) * parts)
