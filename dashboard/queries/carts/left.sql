-- title: What each session left in its cart
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint
-- gives: session_key varchar, started_at timestamp, state varchar, last_step varchar, came_back boolean, item_id varchar, quantity decimal(38, 4), price decimal(18, 4)
-- define: One row a session begun in the period that had a cart (an add, or a snapshot of a cart that was not empty) and product left in it; a session that left nothing has one row without a product. The state is the first that fits: ordered (an order was placed in the session), open (its last event is less than the shop's session gap ago), emptied, abandoned. What is left is the last snapshot of the session, and what was added and taken out after it; the price is the last that anyone sent for the product in the shop's currency from a week before the period to a day after it. Came_back is an order of the visitor after the session. Sessions are followed to their end.
-- rows: 1000000
with known as (
    select
        *,
        case
            when ordered then 'ordered'
            when ended_at + to_seconds($gap_s::bigint) > $now then 'open'
            when item_id is null then 'emptied'
            else 'abandoned'
        end as state
    from (
        -- include: carts/ended
    ) ended
),
prices as (
    select item_id, arg_max(price, (told_at, price)) as price
    from (
        select item_id, price, max(ts) as told_at
        from items
        where shop_id = $shop
          and ts >= $start - interval 168 hour
          and ts < $until + interval 24 hour
          and not bot
          and price is not null
          and coalesce(currency, $currency) = $currency
        group by item_id, price
    ) told
    group by item_id
),
later as (
    select hash(visitor_id) as person, max(placed_at) as ordered_at
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and not bot
      and visitor_id is not null
    group by hash(visitor_id)
)
select
    k.session_key,
    k.started_at,
    k.state,
    case when k.state = 'open' then null else k.last_step end as last_step,
    coalesce(o.ordered_at >= k.ended_at, false) as came_back,
    case when k.state = 'open' then null else k.item_id end as item_id,
    case when k.state = 'open' then null else k.quantity end as quantity,
    case when k.state = 'open' then null else p.price end as price
from known k
left join prices p
  on p.item_id = k.item_id
left join later o
  on o.person = k.person
where k.state <> 'open'
   or k.place = 1
