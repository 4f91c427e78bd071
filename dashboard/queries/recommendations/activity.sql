-- title: What visitors did with each tool
-- takes: shop varchar, start timestamp, until timestamp, tab varchar, tool varchar, code varchar
-- gives: recommended_by varchar, recommended_code varchar, impressions bigint, clicked_impressions bigint, clicks bigint, adds bigint, clicks_with_add bigint, clickers bigint
-- define: Viewable impressions (null where none are sent), clicks, adds that name the tool, clicks whose item the visitor put into the cart later in the session and within 24 hours, and visitors with a click.
with used as not materialized (
    -- include: recommendations/used
),
-- A visitor's hash is found several times faster than the text.
visitors as (
    select
        recommended_by,
        recommended_code,
        person,
        count(*) filter (where kind = 'click') as clicks,
        count(*) filter (where kind = 'add') as adds
    from (
        select recommended_by, recommended_code, hash(visitor_id) as person, kind
        from used
    ) done
    group by recommended_by, recommended_code, person
),
counted as (
    select
        recommended_by,
        recommended_code,
        sum(clicks)::bigint as clicks,
        sum(adds)::bigint as adds,
        count(*) filter (where clicks > 0) as clickers
    from visitors
    group by recommended_by, recommended_code
),
shown as (
    select recommended_by, recommended_code, count(distinct event_id) as impressions
    from used
    where kind = 'impression'
    group by recommended_by, recommended_code
),
added as (
    select u.recommended_by, u.recommended_code, count(distinct u.touch_id) as clicks_with_add
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
    group by u.recommended_by, u.recommended_code
),
clicked as (
    select s.recommended_by, s.recommended_code, count(distinct s.event_id) as clicked_impressions
    from used s
    join (
        select *
        from used
        where kind = 'click'
          and exists (select 1 from used where kind = 'impression')
    ) c
      on c.visitor_id = s.visitor_id
     and c.session_key = s.session_key
     and c.recommended_by = s.recommended_by
     and c.block = s.block
     and c.ts >= s.ts
    where s.kind = 'impression'
    group by s.recommended_by, s.recommended_code
)
select
    n.recommended_by,
    n.recommended_code,
    s.impressions,
    case when s.impressions is null then null else coalesce(c.clicked_impressions, 0) end as clicked_impressions,
    n.clicks,
    n.adds,
    coalesce(a.clicks_with_add, 0) as clicks_with_add,
    n.clickers
from counted n
left join shown s
  on s.recommended_by = n.recommended_by
 and s.recommended_code = n.recommended_code
left join added a
  on a.recommended_by = n.recommended_by
 and a.recommended_code = n.recommended_code
left join clicked c
  on c.recommended_by = n.recommended_by
 and c.recommended_code = n.recommended_code
