-- title: First or last seen
-- takes: shop varchar, as_of timestamp, which varchar, since timestamp, until timestamp
-- gives: visitor_id varchar
-- define: Visitors whose first (or last) session or order before the moment began in the days.
-- rows: 100000000
with seen as (
    select visitor_id, started_at as seen_at
    from sessions
    where shop_id = $shop
      and started_at < $as_of
      and not bot
    union all
    select visitor_id, placed_at as seen_at
    from orders
    where shop_id = $shop
      and placed_at < $as_of
      and not bot
      and visitor_id is not null
),
told as (
    select
        visitor_id,
        case $which when 'first' then min(seen_at) else max(seen_at) end as seen_at
    from seen
    group by visitor_id
)
select visitor_id
from told
where seen_at >= $since
  and seen_at < $until
