-- title: Eligible touches
-- takes: preset varchar, model varchar, shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, winner varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, added_at timestamp
-- define: The touches that count for a line (or whole order) under the preset: inside its window, unless the item was removed from the cart or bought after them, a pause ended the short session, an external source brought the visitor anew, or the kind is a click that came after the add. What the purchase itself names counts where there is no other.
-- rows: 1000000
with rules as materialized (
    -- include: attribution/chosen
),
units as materialized (
    -- include: attribution/lines with attribution/chosen as rules
),
met as materialized (
    -- include: attribution/met with attribution/chosen as rules, attribution/lines as units
),
goods as (
    select order_key, visitor_id, placed_at, touched_item as item_id
    from met
    where kind <> 'message_click'
    -- other presets:
    union
    select m.order_key, m.visitor_id, m.placed_at, m.item_id
    from met m
    join rules r
      on r.preset = m.preset
     and (r.kinds = 'click_before_add' or r.winner = 'first_to_cart')
    where m.item_id is not null
    -- end
),
-- At the very moment of the order a cart is emptied by the order, not by the visitor.
removed as (
    select g.order_key, g.item_id, max(r.ts) as removed_at
    from goods g
    join cart_removals r
      on r.visitor_id = g.visitor_id
     and r.ts < g.placed_at
    where r.shop_id = $shop
      and (r.item_id is null or r.item_id = g.item_id)
    group by g.order_key, g.item_id
),
-- Orders up to five minutes apart are one purchase split in two: the touches serve both.
bought as (
    select g.order_key, g.item_id, max(b.placed_at) as bought_at
    from goods g
    join order_lines b
      on b.visitor_id = g.visitor_id
     and b.item_id = g.item_id
     and b.placed_at < g.placed_at - interval 5 minute
    where b.shop_id = $shop
      and not b.bot
    group by g.order_key, g.item_id
),
-- other presets:
-- The add that led to the purchase: the first one since the item was last not in the cart.
added as (
    select w.order_key, w.item_id, min(i.ts) as added_at
    from (
        select distinct m.order_key, m.item_id, m.visitor_id, m.placed_at
        from met m
        join rules r
          on r.preset = m.preset
         and (r.kinds = 'click_before_add' or r.winner = 'first_to_cart')
        where m.item_id is not null
    ) w
    join items i
      on i.visitor_id = w.visitor_id
     and i.item_id = w.item_id
     and i.ts <= w.placed_at
     and i.ts >= w.placed_at - interval 720 hour
    left join removed r
      on r.order_key = w.order_key
     and r.item_id = w.item_id
    left join bought b
      on b.order_key = w.order_key
     and b.item_id = w.item_id
    where i.shop_id = $shop
      and i.event = 'add_to_cart'
      and not i.bot
      and (r.removed_at is null or i.ts >= r.removed_at)
      and (b.bought_at is null or i.ts > b.bought_at)
    group by w.order_key, w.item_id
),
-- Only a touch more than half an hour old can have a pause behind it.
paused as (
    select distinct m.order_key, m.session_key, m.placed_at
    from met m
    join rules r
      on r.preset = m.preset
     and r.span = 'run'
    where m.touched_at < m.placed_at - interval 30 minute
),
runs as (
    select p.order_key, max(e.ts) as began_at
    from paused p
    join (
        select session_key, ts, nullif(lag(ts) over (partition by session_key order by ts), timestamp '1970-01-01') as before
        from events
        where shop_id = $shop
          and session_key in (select session_key from paused)
    ) e
      on e.session_key = p.session_key
     and e.ts <= p.placed_at
    where e.before < e.ts - interval 30 minute
    group by p.order_key
),
resets as (
    select w.order_key, max(s.started_at) as reset_at
    from (
        select distinct m.order_key, m.visitor_id, m.placed_at
        from met m
        join rules r
          on r.preset = m.preset
         and r.reset = 'source'
    ) w
    join sessions s
      on s.visitor_id = w.visitor_id
     and s.started_at <= w.placed_at
    where s.shop_id = $shop
      and s.channel <> 'direct'
    group by w.order_key
),
-- end
counted as (
    select
        m.preset, r.winner, m.order_key, m.line, m.touch_id, m.kind, m.touched_at, m.recommended_by, m.recommended_code,
        -- rees46: null::timestamp as added_at
        -- other presets:
        a.added_at
        -- end
    from met m
    join rules r
      on r.preset = m.preset
    left join removed g
      on g.order_key = m.order_key
     and g.item_id is not distinct from m.touched_item
     and r.family = 'storefront'
    left join bought b
      on b.order_key = m.order_key
     and b.item_id = m.touched_item
    -- other presets:
    left join added a
      on a.order_key = m.order_key
     and a.item_id = m.item_id
    left join runs p
      on p.order_key = m.order_key
     and r.span = 'run'
    left join resets s
      on s.order_key = m.order_key
     and r.reset = 'source'
    -- end
    where (g.removed_at is null or m.touched_at >= g.removed_at)
      and (b.bought_at is null or m.touched_at > b.bought_at)
      -- other presets:
      and (p.began_at is null or m.touched_at >= p.began_at)
      and (s.reset_at is null or m.touched_at >= s.reset_at)
      and (r.kinds <> 'click_before_add' or m.touched_at <= a.added_at)
      -- end
),
named as (
    select
        l.preset,
        l.order_key,
        l.line,
        l.placed_at,
        min(n.line) as named_line,
        arg_min(n.recommended_by, n.line) as recommended_by,
        arg_min(coalesce(n.recommended_code, ''), n.line) as recommended_code
    from units l
    join order_lines n
      on n.order_key = l.order_key
     and (n.line = l.line or l.line = -1)
    where n.shop_id = $shop
      and l.visitor_id is not null
      and n.recommended_by is not null
      and n.recommended_by not in (
          'bulk', 'chain', 'transactional', 'web_push_digest',
          'trigger_mail', 'digest_mail', 'r46_returner', 'web_push_trigger'
      )
      and regexp_replace(n.recommended_by, '^.*push_', '') not in (
          'bulk', 'chain', 'transactional', 'web_push_digest',
          'trigger_mail', 'digest_mail', 'r46_returner', 'web_push_trigger'
      )
      and not starts_with(n.recommended_by, 'mobile_push_')
    group by l.preset, l.order_key, l.line, l.placed_at
)
select preset, winner, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, added_at
from counted
union all
select
    n.preset,
    r.winner,
    n.order_key,
    n.line,
    concat('purchase:', n.order_key, ':', n.named_line),
    'purchase',
    n.placed_at,
    n.recommended_by,
    n.recommended_code,
    null
from named n
join rules r
  on r.preset = n.preset
 and r.family = 'storefront'
left join counted c
  on c.preset = n.preset
 and c.order_key = n.order_key
 and c.line = n.line
where c.order_key is null
