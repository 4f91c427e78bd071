-- title: Steps that lack the one before
-- takes: shop varchar, now timestamp
-- gives: step varchar, found bigint, lacking bigint, first_seen timestamp, last_seen timestamp, example varchar
-- define: Sessions of the last seven days with a purchase, and of them those without any event of a cart; sessions with a product put into the cart, and of them those without a product view; sessions with a product view, and of them those without any page view. The example is the page of the last event that lacks the one before. Sessions of robots and purchases without a session are left out.
with stepped as (
    select
        session_key,
        count(*) filter (where event = 'page_view') as page_views,
        count(*) filter (where event = 'view_item') as views,
        count(*) filter (where event in ('add_to_cart', 'cart_update')) as carts,
        count(*) filter (where event = 'add_to_cart') as adds,
        count(*) filter (where event = 'purchase') as purchases,
        max(case when event = 'purchase' then ts else null end) as purchased_at,
        max(case when event = 'add_to_cart' then ts else null end) as added_at,
        max(case when event = 'view_item' then ts else null end) as viewed_at,
        arg_max(
            case when event = 'purchase' then page_url else null end,
            case when event = 'purchase' then (ts, event_id) else null end
        ) as purchase_page,
        arg_max(
            case when event = 'add_to_cart' then page_url else null end,
            case when event = 'add_to_cart' then (ts, event_id) else null end
        ) as add_page,
        arg_max(
            case when event = 'view_item' then page_url else null end,
            case when event = 'view_item' then (ts, event_id) else null end
        ) as view_page
    from events
    where shop_id = $shop
      and ts >= $now::timestamp - interval 7 day
      and ts < $now::timestamp
      and session_key is not null
      and event in ('page_view', 'view_item', 'add_to_cart', 'cart_update', 'purchase')
      and not bot
    group by session_key
),
pairs as (
    select 'purchase_without_cart' as step, carts = 0 as lacks, purchased_at as came_at, purchase_page as page, session_key
    from stepped
    where purchases > 0
    union all
    select 'cart_without_view' as step, views = 0 as lacks, added_at as came_at, add_page as page, session_key
    from stepped
    where adds > 0
    union all
    select 'view_without_page' as step, page_views = 0 as lacks, viewed_at as came_at, view_page as page, session_key
    from stepped
    where views > 0
)
select
    step,
    count(*) as found,
    count(*) filter (where lacks) as lacking,
    min(case when lacks then came_at else null end) as first_seen,
    max(case when lacks then came_at else null end) as last_seen,
    arg_max(case when lacks then page else null end, case when lacks then (came_at, session_key) else null end) as example
from pairs
group by step
order by step
