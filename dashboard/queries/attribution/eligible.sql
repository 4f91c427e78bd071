-- title: Eligible touches
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: unit bigint, preset varchar, winner varchar, order_key varchar, line integer, placed_at timestamp, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, added_at timestamp
-- define: The touches that count for a line (or whole order) under the preset: inside its window, unless the item was removed from the cart or bought after them, a pause ended the short session, an external source brought the visitor anew, or the kind is a click that came after the add. What the purchase itself names counts where there is no other.
-- rows: 1000000
with rules as materialized (
    -- include: attribution/chosen
),
units as materialized (
    -- include: attribution/units with attribution/chosen as rules
),
met as materialized (
    -- include: attribution/met with attribution/chosen as rules, attribution/units as units
),
goods as materialized (
    select g.unit, g.item_id, u.order_key, u.placed_at, u.visitor_id, u.session_key, u.family, u.span, u.reset
    from (
        select distinct unit, touched_item as item_id
        from met
        -- other presets:
        union
        select m.unit, u.item_id
        from met m
        join units u
          on u.unit = m.unit
         and (u.kinds = 'click_before_add' or u.winner = 'first_to_cart')
        where u.item_id is not null
        -- end
    ) g
    join units u
      on u.unit = g.unit
),
-- From when on a touch of the item counts again.
-- At the very moment of the order a cart is emptied by the order, not by the visitor.
-- Orders up to five minutes apart are one purchase split in two: the touches serve both.
gone as materialized (
    select unit, item_id, max(since) as since
    from (
        select g.unit, g.item_id, r.ts as since
        from goods g
        join cart_removals r
          on r.visitor_id = g.visitor_id
         and r.ts < g.placed_at
        where r.shop_id = $shop
          and g.family = 'storefront'
          and (r.item_id is null or r.item_id = g.item_id)
        union all
        select g.unit, g.item_id, b.placed_at + interval 1 microsecond
        from goods g
        join order_lines b
          on b.visitor_id = g.visitor_id
         and b.item_id = g.item_id
         and b.placed_at < g.placed_at - interval 5 minute
        where b.shop_id = $shop
          and not b.bot
    ) ended
    group by unit, item_id
),
-- other presets:
-- The add that led to the purchase: the first one since the item was last not in the cart.
added as (
    select w.unit, min(i.ts) as added_at
    from (
        select g.unit, g.item_id, g.visitor_id, g.placed_at
        from goods g
        join units u
          on u.unit = g.unit
         and u.item_id = g.item_id
         and (u.kinds = 'click_before_add' or u.winner = 'first_to_cart')
    ) w
    join items i
      on i.visitor_id = w.visitor_id
     and i.item_id = w.item_id
     and i.ts <= w.placed_at
     and i.ts >= w.placed_at - interval 720 hour
    left join gone o
      on o.unit = w.unit
     and o.item_id = w.item_id
    where i.shop_id = $shop
      and i.ts >= case when $id::varchar is null then $start::timestamp - interval 720 hour else timestamp '1970-01-01' end
      and i.event = 'add_to_cart'
      and not i.bot
      and (o.since is null or i.ts >= o.since)
    group by w.unit
),
early as (
    select u.unit, u.kinds, a.added_at
    from units u
    left join added a
      on a.unit = u.unit
    where u.kinds = 'click_before_add'
       or u.winner = 'first_to_cart'
),
-- Only a touch more than half an hour old can have a pause behind it.
paused as (
    select distinct u.order_key, u.session_key, u.placed_at
    from met m
    join units u
      on u.unit = m.unit
     and u.span = 'run'
     and m.touched_at < u.placed_at - interval 30 minute
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
        select distinct order_key, visitor_id, placed_at
        from goods
        where reset = 'source'
    ) w
    join (
        select visitor_id, started_at
        from sessions
        where shop_id = $shop
          and channel <> 'direct'
          and visitor_id in (select unnest(list(distinct visitor_id)) from goods where reset = 'source')
    ) s
      on s.visitor_id = w.visitor_id
     and s.started_at <= w.placed_at
    group by w.order_key
),
-- end
bounds as (
    -- rees46: select unit, item_id, since from gone
    -- other presets:
    select unit, item_id, max(since) as since
    from (
        select unit, item_id, since
        from gone
        union all
        select g.unit, g.item_id, p.began_at
        from goods g
        join runs p
          on p.order_key = g.order_key
         and g.span = 'run'
        union all
        select g.unit, g.item_id, s.reset_at
        from goods g
        join resets s
          on s.order_key = g.order_key
         and g.reset = 'source'
    ) every
    group by unit, item_id
    -- end
),
counted as (
    select
        m.unit,
        m.touch_id,
        m.kind,
        m.touched_at,
        m.recommended_by,
        m.recommended_code,
        -- rees46: null::timestamp as added_at
        -- other presets:
        a.added_at
        -- end
    from met m
    left join bounds b
      on b.unit = m.unit
     and b.item_id is not distinct from m.touched_item
    -- other presets:
    left join early a
      on a.unit = m.unit
    -- end
    where (b.since is null or m.touched_at >= b.since)
      -- other presets:
      and (a.unit is null or a.kinds <> 'click_before_add' or m.touched_at <= a.added_at)
      -- end
),
named as materialized (
    select
        u.unit,
        u.order_key,
        u.placed_at,
        min(n.line) as named_line,
        arg_min(n.recommended_by, n.line) as recommended_by,
        arg_min(coalesce(n.recommended_code, ''), n.line) as recommended_code
    from units u
    join order_lines n
      on n.order_key = u.order_key
     and (n.line = u.line or u.line = -1)
    where n.shop_id = $shop
      and u.family = 'storefront'
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
    group by u.unit, u.order_key, u.placed_at
)
select
    u.unit,
    u.preset,
    u.winner,
    u.order_key,
    u.line,
    u.placed_at,
    t.touch_id,
    t.kind,
    t.touched_at,
    t.recommended_by,
    t.recommended_code,
    t.added_at
from (
    select unit, touch_id, kind, touched_at, recommended_by, recommended_code, added_at
    from counted
    union all
    select
        unit,
        concat('purchase:', order_key, ':', named_line),
        'purchase',
        placed_at,
        recommended_by,
        recommended_code,
        null
    from named
    where unit not in (select unit from counted where unit in (select unit from named))
) t
join units u
  on u.unit = t.unit
