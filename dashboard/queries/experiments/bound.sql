-- title: What visitors knew before a tool helped
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: direct_lines bigint, viewed bigint, searched bigint, in_cart bigint, known bigint, share double
-- define: Order lines of the period with credit by the preset and model of the page; of them those whose item the visitor, in the 30 days before the first credited touch, had viewed without help, had searched by name (the words stand in the name, or the name in the words; three letters or more), or had in the cart at that moment; known is any of the three, share is known divided by lines. A bound of what may have come anyway, no measurement. Of a whole order every line counts.
with credited as (
    select order_key, line, visitor_id, min(touched_at) as helped_at
    from (
        -- include: attribution/credits
    ) credits
    where touch_id is not null
    group by order_key, line, visitor_id
),
direct as materialized (
    select
        row_number() over (order by l.order_key, l.line) as number,
        c.visitor_id,
        c.helped_at,
        l.item_id,
        l.item_name
    from credited c
    join order_lines l
      on l.order_key = c.order_key
     and (l.line = c.line or c.line = -1)
    where l.shop_id = $shop
),
seen as materialized (
    select i.visitor_id, i.item_id, i.item_name, i.event, i.ts, i.recommended_by, i.quantity
    from items i
    where i.shop_id = $shop
      and i.ts < $until
      and i.ts >= $start::timestamp - interval 1440 hour
      and i.event in ('view_item', 'select_item', 'add_to_cart', 'cart_update')
      and not i.bot
      and i.visitor_id in (select visitor_id from direct)
),
names as (
    select item_id, max(item_name) as item_name
    from seen
    group by item_id
),
viewed as (
    select distinct d.number
    from direct d
    join seen s
      on s.visitor_id = d.visitor_id
     and s.item_id = d.item_id
     and s.ts < d.helped_at
     and s.ts >= d.helped_at - interval 720 hour
    where s.event in ('view_item', 'select_item')
      and s.recommended_by is null
),
searched as (
    select distinct d.number
    from direct d
    left join names n
      on n.item_id = d.item_id
    join events e
      on e.visitor_id = d.visitor_id
     and e.ts < d.helped_at
     and e.ts >= d.helped_at - interval 720 hour
    where e.shop_id = $shop
      and e.event = 'search'
      and e.ts < $until
      and not e.bot
      and length(trim(e.search_term)) >= 3
      and (
          contains(lower(coalesce(d.item_name, n.item_name)), lower(trim(e.search_term)))
          or contains(lower(trim(e.search_term)), lower(coalesce(d.item_name, n.item_name)))
      )
),
-- In the cart: put there, and neither taken out nor bought until the touch.
added as (
    select d.number, d.visitor_id, d.item_id, d.helped_at, max(s.ts) as added_at
    from direct d
    join seen s
      on s.visitor_id = d.visitor_id
     and s.item_id = d.item_id
     and s.ts < d.helped_at
     and s.ts >= d.helped_at - interval 720 hour
    where s.event in ('add_to_cart', 'cart_update')
      and coalesce(s.quantity, 1) > 0
    group by d.number, d.visitor_id, d.item_id, d.helped_at
),
ended as (
    select a.number
    from added a
    join cart_removals r
      on r.visitor_id = a.visitor_id
     and r.ts >= a.added_at
     and r.ts <= a.helped_at
    where r.shop_id = $shop
      and (r.item_id is null or r.item_id = a.item_id)
    union
    select a.number
    from added a
    join order_lines b
      on b.visitor_id = a.visitor_id
     and b.item_id = a.item_id
     and b.placed_at >= a.added_at
     and b.placed_at < a.helped_at
    where b.shop_id = $shop
      and not b.bot
),
in_cart as (
    select a.number
    from added a
    left join ended e
      on e.number = a.number
    where e.number is null
)
select
    count(*) as direct_lines,
    count(v.number) as viewed,
    count(s.number) as searched,
    count(c.number) as in_cart,
    count(coalesce(v.number, s.number, c.number)) as known,
    count(coalesce(v.number, s.number, c.number))::double / nullif(count(*), 0) as share
from direct d
left join viewed v
  on v.number = d.number
left join searched s
  on s.number = d.number
left join in_cart c
  on c.number = d.number
