-- title: Touches of storefront tools
-- takes: shop varchar, start timestamp, until timestamp, tab varchar, tool varchar, code varchar
-- gives: touch_id varchar, event_id uuid, ts timestamp, visitor_id varchar, session_key varchar, kind varchar, item_id varchar, block varchar, recommended_by varchar, recommended_code varchar
-- define: Touches of the period that the chips of the page leave, without bots; the code is empty where the page shows tools.
-- rows: 1000000
select
    touch_id,
    event_id,
    ts,
    visitor_id,
    session_key,
    kind,
    item_id,
    coalesce(recommended_code, '') as block,
    recommended_by,
    case when $tab = 'codes' then coalesce(recommended_code, '') else '' end as recommended_code
from touches
where shop_id = $shop
  and ts >= $start
  and ts < $until
  and family = 'storefront'
  and not bot
  and ($tool::varchar is null or recommended_by = $tool)
  and ($code::varchar is null or coalesce(recommended_code, '') = $code)
