-- title: Touches that may help an order of the period
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, start timestamp, until timestamp, id varchar
-- gives: touch_id varchar, kind varchar, ts timestamp, visitor_id varchar, session_key varchar, item_id varchar, item_group_id varchar, recommended_by varchar, recommended_code varchar
-- define: Clicks and adds of storefront tools, without bots, as far back as the preset reaches, and in every session in which an order of the period (or the one order asked for) can have been placed. A tool without a code has the code ''.
-- rows: 10000000
-- Nearly every session that bought in the period began less than a day before it; the few longer
-- ones are looked up, so that only touches of about the period are read and none is missed.
-- The list is for the planner, which takes the sessions for many and would hash the touches.
-- No code is null: arg_max skips nulls, and a tool without a code would take an earlier touch's.
with reached as (
    select max(reach) as reach
    from (
        -- include: attribution/chosen
    ) rules
)
select
    touch_id,
    kind,
    ts,
    visitor_id,
    session_key,
    item_id,
    item_group_id,
    recommended_by,
    coalesce(recommended_code, '') as recommended_code
from touches
where shop_id = $shop
  and kind in ('click', 'add')
  and family = 'storefront'
  and not bot
  -- rees46: and ts >= case when $id::varchar is null then $start::timestamp - interval 24 hour else timestamp '1970-01-01' end
  -- other presets:
  and ts >= case when $id::varchar is null then $start::timestamp - (select reach from reached) else timestamp '1970-01-01' end
  -- No preset reaches further: a bound that is known beforehand keeps older touches unread.
  and ts >= case
      when $id::varchar is null then $start::timestamp - interval 1 hour
          * greatest(720, coalesce(list_max(list_transform($own_presets::varchar[][], lambda own: cast(own[7] as integer))), 0))
      else timestamp '1970-01-01'
  end
  -- end
  and ts < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
union all
select
    touch_id,
    kind,
    ts,
    visitor_id,
    session_key,
    item_id,
    item_group_id,
    recommended_by,
    coalesce(recommended_code, '') as recommended_code
from touches
where shop_id = $shop
  and kind in ('click', 'add')
  and family = 'storefront'
  and not bot
  and $id::varchar is null
  -- rees46: and ts < $start::timestamp - interval 24 hour
  -- other presets:
  and ts < $start::timestamp - (select reach from reached)
  -- end
  and session_key in (
      select unnest(list(session_key))
      from sessions
      where shop_id = $shop
        -- rees46: and started_at < $start::timestamp - interval 24 hour
        -- other presets:
        and started_at < $start::timestamp - (select reach from reached)
        -- end
        and ended_at >= $start
  )
