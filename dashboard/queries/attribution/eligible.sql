-- title: Eligible touches of the chosen preset
-- takes: preset varchar, shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar
-- define: The touches that count for a line under the chosen preset. A further preset is one more file and one more arm.
-- rows: 1000000
select order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code
from (
    -- include: attribution/rees46
) rees46
where $preset = 'rees46'
