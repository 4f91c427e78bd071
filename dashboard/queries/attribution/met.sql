-- title: Touches inside the window of what they may be credited with
-- takes: preset varchar, model varchar, shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, item_id varchar, placed_at timestamp, visitor_id varchar, session_key varchar, touch_id varchar, kind varchar, touched_at timestamp, touched_item varchar, recommended_by varchar, recommended_code varchar
-- define: Per line (or whole order) the touches of its visitor up to the order, of the kinds of the preset, inside its window, on what it matches: the very item, an item of the same group, or anything.
-- rows: 10000000
with limits as materialized (
    -- include: attribution/chosen
),
wanted as (
    select l.*, r.family, r.kinds, r.span, r.reach, r.match
    from (
        -- include: attribution/lines with attribution/chosen as limits
    ) l
    join limits r
      on r.preset = l.preset
    where l.visitor_id is not null
),
helped as (
    -- include: attribution/helped with attribution/chosen as limits
),
paired as (
    select w.*, t.touch_id, t.kind, t.ts, t.session_key as touched_session, t.item_id as touched_item, t.recommended_by, t.recommended_code
    from wanted w
    join helped t
      on t.visitor_id = w.visitor_id
     and t.item_id = w.item_id
    -- rees46: and t.session_key = w.session_key
    where w.family = 'storefront'
      and w.match <> 'any'
    -- other presets:
    union all
    select w.*, t.touch_id, t.kind, t.ts, t.session_key, t.item_id, t.recommended_by, t.recommended_code
    from wanted w
    join helped t
      on t.visitor_id = w.visitor_id
    where w.family = 'storefront'
      and (w.match = 'any' or w.match = 'group' and t.item_group_id = w.item_group_id and t.item_id is distinct from w.item_id)
    union all
    select w.*, t.touch_id, 'message_click', t.ts, t.session_key, null, t.recommended_by, t.recommended_code
    from wanted w
    join (
        -- include: attribution/message_clicks
    ) t
      on t.visitor_id = w.visitor_id
    where w.family = 'message'
    -- end
)
select
    preset,
    order_key,
    line,
    item_id,
    placed_at,
    visitor_id,
    session_key,
    touch_id,
    kind,
    ts as touched_at,
    touched_item,
    recommended_by,
    recommended_code
from paired
where ts <= placed_at
  -- other presets:
  and (kind <> 'add' or kinds = 'click_add')
  and case
      when span in ('session', 'run') then touched_session = session_key
      when span = 'day' then ts >= placed_at - reach
          and cast(timezone($zone, timezone('UTC', ts)) as date) = cast(timezone($zone, timezone('UTC', placed_at)) as date)
      else ts >= placed_at - reach
  end
  -- end
