-- What is wanted now: each visitor counts once an hour and product, each order once; older hours count less.
-- takes: shop varchar, viewed double, added double, bought double, since timestamp, now timestamp,
-- half_life double (hours), without varchar[], page_size bigint, page_offset bigint
with wants as (
    select item_id, "hour", case when kind = 'view' then $viewed else $added end as weight
    from feed_interest
    where "hour" >= $since
      and last_at <= $now
      and shop_id = $shop
    union all
    select item_id, date_trunc('hour', placed_at) as "hour", $bought as weight
    from feed_pairs
    where placed_at >= $since
      and placed_at <= $now
      and kind = 'in'
      and shop_id = $shop
),
hourly as (
    select item_id, "hour", sum(weight) as weight
    from wants
    group by item_id, "hour"
)
select
    item_id as id,
    sum(weight * pow(0.5, date_diff('hour', "hour", $now::timestamp) / $half_life)) as score
from hourly
where weight > 0
  and not list_contains($without::varchar[], item_id)
group by item_id
order by score desc, id
limit $page_size offset $page_offset;
