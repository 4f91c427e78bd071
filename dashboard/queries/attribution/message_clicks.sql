-- title: Clicks on messages
-- takes: shop varchar
-- gives: touch_id varchar, ts timestamp, visitor_id varchar, session_key varchar, kind varchar, recommended_by varchar, recommended_code varchar
-- define: Reported clicks, and the first sight of a message by a visitor who had not reported one; a later visit that still names the message is not another click.
-- rows: 1000000
with messages as (
    -- include: attribution/messages
),
firsts as (
    select
        visitor_id,
        recommended_by,
        recommended_code,
        arg_min(touch_id, (ts, kind, touch_id)) as touch_id
    from messages
    where visitor_id in (select visitor_id from messages where kind = 'message_seen')
    group by visitor_id, recommended_by, recommended_code
)
select m.touch_id, m.ts, m.visitor_id, m.session_key, m.kind, m.recommended_by, m.recommended_code
from messages m
left join firsts f
  on f.touch_id = m.touch_id
where m.kind = 'message_click'
   or f.touch_id is not null
