-- title: Touches inside the window of what they may be credited with
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: unit bigint, touch_id varchar, kind varchar, touched_at timestamp, touched_item varchar, recommended_by varchar, recommended_code varchar
-- define: Per line (or whole order) the touches of its visitor up to the order, of the kinds of the preset, inside its window, on what it matches: the very item, an item of the same group, or anything.
-- rows: 10000000
with limits as materialized (
    -- include: attribution/chosen
),
wanted as materialized (
    -- include: attribution/units with attribution/chosen as limits
),
-- other presets:
-- Who is to be credited, in a form that the planner takes for few: all else of a visitor is not read.
buyers as materialized (
    select unnest(list(distinct visitor_id)) as visitor_id
    from wanted
    where family = 'message'
       or match <> 'item'
),
touched as materialized (
    -- include: attribution/helped with attribution/chosen as limits
),
helped as (
    select *
    from touched
    where visitor_id in (select visitor_id from buyers)
),
written as materialized (
    select *
    from (
        -- include: attribution/messages
    ) messages
    where visitor_id in (select visitor_id from buyers)
),
-- end
-- Every join has the lines on its smaller side, and what goes on is narrow: names of lines are joined at the end.
paired as (
    select
        w.unit,
        w.kinds,
        w.span,
        w.reach,
        w.placed_at,
        w.session_key,
        t.touch_id,
        t.kind,
        t.ts,
        t.session_key as touched_session,
        t.item_id as touched_item,
        t.recommended_by,
        t.recommended_code
    from wanted w
    join (
        -- rees46: -- include: attribution/helped with attribution/chosen as limits
        -- other presets:
        select * from touched
        -- end
    ) t
      on t.visitor_id = w.visitor_id
     and t.item_id = w.item_id
    where w.family = 'storefront'
      and w.match <> 'any'
    -- other presets:
    union all
    select w.unit, w.kinds, w.span, w.reach, w.placed_at, w.session_key, t.touch_id, t.kind, t.ts, t.session_key, t.item_id, t.recommended_by, t.recommended_code
    from wanted w
    join helped t
      on t.visitor_id = w.visitor_id
    where w.family = 'storefront'
      and w.match in ('any', 'group')
      and (w.match = 'any' or w.match = 'group' and t.item_group_id = w.item_group_id and t.item_id is distinct from w.item_id)
    union all
    select w.unit, w.kinds, w.span, w.reach, w.placed_at, w.session_key, t.touch_id, 'message_click', t.ts, t.session_key, null, t.recommended_by, t.recommended_code
    from wanted w
    join (
        -- include: attribution/message_clicks with attribution/messages as written
    ) t
      on t.visitor_id = w.visitor_id
    where w.family = 'message'
    -- end
)
select
    unit,
    touch_id,
    kind,
    ts as touched_at,
    touched_item,
    recommended_by,
    recommended_code
from paired
where ts <= placed_at
  -- rees46: and touched_session = session_key
  -- other presets:
  and (kind <> 'add' or kinds = 'click_add')
  and case
      when span in ('session', 'run') then touched_session = session_key
      when span = 'day' then ts >= placed_at - reach
          and cast(timezone($zone, timezone('UTC', ts)) as date) = cast(timezone($zone, timezone('UTC', placed_at)) as date)
      else ts >= placed_at - reach
  end
  -- end
