-- title: What is known of messages
-- takes: shop varchar
-- gives: touch_id varchar, ts timestamp, visitor_id varchar, session_key varchar, kind varchar, recommended_by varchar, recommended_code varchar
-- define: Every reported click on a message, and every event that still names one, without bots; a message without a code has the code ''.
-- rows: 1000000
select
    touch_id,
    ts,
    visitor_id,
    session_key,
    kind,
    recommended_by,
    coalesce(recommended_code, '') as recommended_code
from touches
where shop_id = $shop
  and family = 'message'
  and kind in ('message_click', 'message_seen')
  and not bot
