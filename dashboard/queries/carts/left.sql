-- title: What each session left in its cart
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint
-- gives: session_key varchar, started_at timestamp, state varchar, last_step varchar, came_back boolean, item_id varchar, quantity decimal(38, 4), price decimal(18, 4)
-- define: One row a session begun in the period that had a cart (an add, or a snapshot of a cart that was not empty) and product left in it; a session that left nothing has one row without a product. The state is the first that fits: ordered (an order was placed in the session), open (its last event is less than the shop's session gap ago), emptied, abandoned. What is left is the last snapshot of the session, and what was added and taken out after it; the price is the last that anyone sent for the product in the shop's currency from a week before the period to a day after it. Came_back is an order of the visitor after the session. Sessions are followed for a day after the period.
-- rows: 1000000
with told as (
    select session_key
    from items
    where shop_id = $shop
      and ts >= $start
      and ts < $until + interval 24 hour
      and event in ('add_to_cart', 'cart_update')
      and not bot
      and session_key is not null
    group by session_key
),
orders_of_sessions as (
    select session_key
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and not bot
      and session_key is not null
    group by session_key
),
visits as materialized (
    select
        s.session_key,
        s.visitor_id,
        s.started_at,
        s.ended_at,
        case
            when o.session_key is not null then 'ordered'
            when s.ended_at + to_seconds($gap_s::bigint) > $now then 'open'
            else 'ended'
        end as state
    from sessions s
    join told t
      on t.session_key = s.session_key
    left join orders_of_sessions o
      on o.session_key = s.session_key
    where s.shop_id = $shop
      and s.started_at >= $start
      and s.started_at < $until
      and not s.bot
),
-- Which session an event of a cart belongs to, and checkout steps, stand in the events alone.
last_steps as (
    select session_key, arg_max(step, (last_at, how_far)) as last_step
    from (
        select
            e.session_key,
            case
                when e.event in ('add_to_cart', 'remove_from_cart', 'cart_update', 'view_cart') then 'cart'
                else e.event
            end as step,
            max(case e.event
                when 'add_payment_info' then 6
                when 'add_shipping_info' then 5
                when 'begin_checkout' then 4
                when 'search' then 2
                when 'view_item' then 1
                else 3
            end) as how_far,
            max(e.ts) as last_at
        from events e
        join visits v
          on v.session_key = e.session_key
        where e.shop_id = $shop
          and e.ts >= $start
          and e.ts < $until + interval 24 hour
          and e.event in (
              'view_item', 'search', 'add_to_cart', 'remove_from_cart', 'cart_update', 'view_cart',
              'begin_checkout', 'add_shipping_info', 'add_payment_info'
          )
          and not e.bot
          and v.state = 'ended'
        group by
            e.session_key,
            case
                when e.event in ('add_to_cart', 'remove_from_cart', 'cart_update', 'view_cart') then 'cart'
                else e.event
            end
    ) steps
    group by session_key
),
moves as materialized (
    select
        e.session_key,
        m.line,
        m.kind,
        m.item_id,
        case when m.kind = 'remove' then -m.quantity else m.quantity end as change,
        row_number() over (order by m.ts, m.request_id, m.seq, m.line) as place
    from cart_moves m
    join events e
      on e.event_id = m.event_id
    join visits v
      on v.session_key = e.session_key
    where m.shop_id = $shop
      and m.ts >= $start
      and m.ts < $until + interval 24 hour
      and e.shop_id = $shop
      and e.ts >= $start
      and e.ts < $until + interval 24 hour
      and e.event in ('add_to_cart', 'remove_from_cart', 'cart_update', 'purchase')
      and v.state = 'ended'
),
-- A snapshot tells the whole cart, whatever was known of it before; it begins with its line -1.
snapshots as (
    select session_key, max(place) as place
    from moves
    where line = -1
    group by session_key
),
restarts as (
    select session_key, item_id, max(place) as place
    from moves
    where kind in ('bought', 'remove_all')
    group by session_key, item_id
),
since as (
    select
        m.session_key,
        m.item_id,
        m.kind,
        m.change,
        m.place
    from moves m
    left join snapshots s
      on s.session_key = m.session_key
    left join restarts r
      on r.session_key = m.session_key
     and r.item_id = m.item_id
    where m.line >= 0
      and m.place > coalesce(s.place, 0)
      and m.place > coalesce(r.place, 0)
),
-- A quantity never falls below zero: S - least(0, lowest S so far).
lowest as (
    select session_key, item_id, least(0, min(total)) as total
    from (
        select
            session_key,
            item_id,
            sum(change) over (
                partition by session_key, item_id order by place
                rows between unbounded preceding and current row
            ) as total
        from since
        where (session_key, item_id) in (select (session_key, item_id) from since where kind = 'remove')
    ) running
    group by session_key, item_id
),
kept as (
    select
        s.session_key,
        s.item_id,
        (sum(s.change) - coalesce(any_value(w.total), 0))::decimal(38, 4) as quantity
    from since s
    left join lowest w
      on w.session_key = s.session_key
     and w.item_id = s.item_id
    group by s.session_key, s.item_id
    having sum(s.change) - coalesce(any_value(w.total), 0) > 0
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
    select visitor_id, max(placed_at) as ordered_at
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and not bot
      and visitor_id is not null
    group by visitor_id
)
select
    v.session_key,
    v.started_at,
    case
        when v.state <> 'ended' then v.state
        when k.session_key is null then 'emptied'
        else 'abandoned'
    end as state,
    l.last_step,
    coalesce(o.ordered_at >= v.ended_at, false) as came_back,
    k.item_id,
    k.quantity,
    p.price
from visits v
left join kept k
  on k.session_key = v.session_key
left join last_steps l
  on l.session_key = v.session_key
left join prices p
  on p.item_id = k.item_id
left join later o
  on o.visitor_id = v.visitor_id
