-- title: What each visitor did with each block
-- takes: shop varchar, start timestamp, until timestamp
-- gives: recommended_by varchar, block varchar, person ubigint, clicks bigint, adds bigint, clicks_with_add bigint
-- define: A row a visitor (as a hash) and block of a storefront tool with a click or an add that names it in the period, without bots: how many of each, and clicks whose item the visitor put into the cart later in the session and within 24 hours. A block is a tool and its code, which may be empty. A click belongs to the day on which it was made, so that days add up to a period.
-- settles: day
-- rows: 100000000
with used as not materialized (
    select
        touch_id,
        ts,
        hash(visitor_id) as person,
        session_key,
        kind,
        item_id,
        recommended_by,
        coalesce(recommended_code, '') as block
    from touches
    where shop_id = $shop
      and ts >= $start
      and ts < $until
      and family = 'storefront'
      and kind in ('click', 'add')
      and not bot
),
added as (
    select distinct u.touch_id
    from used u
    join items i
      on i.session_key = u.session_key
     and i.item_id = u.item_id
     and i.ts >= u.ts
     and i.ts < u.ts + interval 24 hour
    where u.kind = 'click'
      and i.shop_id = $shop
      and i.event = 'add_to_cart'
      and i.ts >= $start
      and i.ts < $until + interval 24 hour
      and not i.bot
)
select
    u.recommended_by,
    u.block,
    u.person,
    count(*) filter (where u.kind = 'click') as clicks,
    count(*) filter (where u.kind = 'add') as adds,
    count(a.touch_id) filter (where u.kind = 'click') as clicks_with_add
from used u
left join added a
  on a.touch_id = u.touch_id
group by u.recommended_by, u.block, u.person
