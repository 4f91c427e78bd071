-- title: Blocks that were seen, and when they were clicked
-- takes: shop varchar, start timestamp, until timestamp
-- gives: recommended_by varchar, block varchar, event_id uuid, clicked_at timestamp
-- define: A row a viewable impression of the period and block (a tool and its code, which may be empty), without bots: the first click on that block by the same visitor in the same session at that moment or later, whether or not it lies in the period.
-- settles: day
-- rows: 100000000
with seen as (
    select event_id, ts, visitor_id, session_key, recommended_by, coalesce(recommended_code, '') as block
    from touches
    where shop_id = $shop
      and ts >= $start
      and ts < $until
      and family = 'storefront'
      and kind = 'impression'
      and not bot
),
clicks as (
    select ts, visitor_id, session_key, recommended_by, coalesce(recommended_code, '') as block
    from touches
    where shop_id = $shop
      and ts >= $start
      and family = 'storefront'
      and kind = 'click'
      and not bot
      and session_key in (select unnest(list(session_key)) from seen)
)
select s.recommended_by, s.block, s.event_id, min(c.ts) as clicked_at
from seen s
left join clicks c
  on c.visitor_id = s.visitor_id
 and c.session_key = s.session_key
 and c.recommended_by = s.recommended_by
 and c.block = s.block
 and c.ts >= s.ts
group by s.recommended_by, s.block, s.event_id
