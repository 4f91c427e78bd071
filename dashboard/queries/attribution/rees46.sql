-- title: Eligible touches, preset REES46
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar
-- define: Per order line the clicks and adds on its item by its visitor in its session up to the order, unless the item was removed from the cart or bought after them. What the purchase itself names counts where a line has no other touch.
-- rows: 1000000
with lines as (
    -- include: attribution/lines
),
helped as (
    -- include: attribution/session_touches
),
met as (
    select
        l.order_key,
        l.line,
        t.touch_id,
        t.kind,
        t.ts as touched_at,
        t.recommended_by,
        t.recommended_code
    from lines l
    join helped t
      on t.visitor_id = l.visitor_id
     and t.session_key = l.session_key
     and t.item_id = l.item_id
     and t.ts <= l.placed_at
),
-- At the very moment of the order a cart is emptied by the order, not by the visitor.
removed as (
    select l.order_key, l.line, max(r.ts) as removed_at
    from lines l
    join cart_removals r
      on r.visitor_id = l.visitor_id
     and r.ts < l.placed_at
    where r.shop_id = $shop
      and (r.item_id is null or r.item_id = l.item_id)
    group by l.order_key, l.line
),
-- Orders up to five minutes apart are one purchase split in two: the touches serve both.
bought as (
    select l.order_key, l.line, max(b.placed_at) as bought_at
    from lines l
    join order_lines b
      on b.visitor_id = l.visitor_id
     and b.item_id = l.item_id
     and b.placed_at < l.placed_at - interval 5 minute
    where b.shop_id = $shop
      and not b.bot
    group by l.order_key, l.line
),
counted as (
    select m.order_key, m.line, m.touch_id, m.kind, m.touched_at, m.recommended_by, m.recommended_code
    from met m
    left join removed r
      on r.order_key = m.order_key
     and r.line = m.line
    left join bought b
      on b.order_key = m.order_key
     and b.line = m.line
    where (r.removed_at is null or m.touched_at >= r.removed_at)
      and (b.bought_at is null or m.touched_at > b.bought_at)
),
named as (
    select
        l.order_key,
        l.line,
        concat('purchase:', l.order_key, ':', l.line) as touch_id,
        'purchase' as kind,
        l.placed_at as touched_at,
        l.recommended_by,
        coalesce(l.recommended_code, '') as recommended_code
    from lines l
    left join counted c
      on c.order_key = l.order_key
     and c.line = l.line
    where c.order_key is null
      and l.visitor_id is not null
      and l.recommended_by is not null
      and l.recommended_by not in (
          'bulk', 'chain', 'transactional', 'web_push_digest',
          'trigger_mail', 'digest_mail', 'r46_returner', 'web_push_trigger'
      )
      and regexp_replace(l.recommended_by, '^.*push_', '') not in (
          'bulk', 'chain', 'transactional', 'web_push_digest',
          'trigger_mail', 'digest_mail', 'r46_returner', 'web_push_trigger'
      )
      and not starts_with(l.recommended_by, 'mobile_push_')
)
select order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code
from counted
union all
select order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code
from named
