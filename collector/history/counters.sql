-- How often an item was seen, put into a cart and bought since two moments, by people.
-- takes: shop varchar, item varchar, day timestamp, recent timestamp, since timestamp
with moments as (
    select
        case when event = 'view_item' then 'view' else 'cart' end as what,
        event_id::varchar as id,
        ts
    from items
    where shop_id = $shop
      and ts > $since
      and item_id = $item
      and event in ('view_item', 'add_to_cart')
      and not bot
    union all
    select 'purchase' as what, order_key as id, placed_at as ts
    from order_lines
    where shop_id = $shop
      and placed_at > $since
      and item_id = $item
      and not bot
)
select
    what,
    count(distinct id) filter (where ts > $day) as daily,
    count(distinct id) filter (where ts > $recent) as recent
from moments
group by what
order by what;
