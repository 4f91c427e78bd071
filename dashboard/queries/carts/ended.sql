-- title: What sessions with a cart did and left, to be put together
-- takes: shop varchar, start timestamp, until timestamp
-- gives: session_key varchar, person ubigint, started_at timestamp, ended_at timestamp, ordered boolean, last_step varchar, place bigint, item_id varchar, quantity decimal(38, 4)
-- define: One row a session begun in the period that had a cart (an add, or a snapshot of a cart that was not empty) and product left in it, numbered; a session that left nothing, or in which an order was placed, has one row without a product. What is left is the last snapshot of the session, and what was added and taken out after it. Sessions are followed to their end.
-- rows: 100000000
-- settles: day
with begun as materialized (
    select session_key, visitor_id, started_at, ended_at
    from sessions
    where shop_id = $shop
      and started_at >= $start
      and started_at < $until
      and not bot
),
spans as (
    select max(ended_at) as last_at
    from begun
),
told as (
    select session_key
    from items
    where shop_id = $shop
      and ts >= $start
      and ts <= (select last_at from spans)
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
        o.session_key is not null as ordered
    from begun s
    join told t
      on t.session_key = s.session_key
    left join orders_of_sessions o
      on o.session_key = s.session_key
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
          and e.ts <= (select last_at from spans)
          and e.event in (
              'view_item', 'search', 'add_to_cart', 'remove_from_cart', 'cart_update', 'view_cart',
              'begin_checkout', 'add_shipping_info', 'add_payment_info'
          )
          and not e.bot
          and not v.ordered
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
      and m.ts <= (select last_at from spans)
      and e.shop_id = $shop
      and e.ts >= $start
      and e.ts <= (select last_at from spans)
      and e.event in ('add_to_cart', 'remove_from_cart', 'cart_update', 'purchase')
      and not v.ordered
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
)
select
    v.session_key,
    hash(v.visitor_id) as person,
    v.started_at,
    v.ended_at,
    v.ordered,
    l.last_step,
    row_number() over (partition by v.session_key order by k.item_id) as place,
    k.item_id,
    k.quantity
from visits v
left join kept k
  on k.session_key = v.session_key
left join last_steps l
  on l.session_key = v.session_key
