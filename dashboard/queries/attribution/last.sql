-- title: Model last: the latest touch takes the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: One touch of a line has weight 1: the latest; of two at one moment the one with the greater id.
-- rows: 1000000
select
    preset,
    order_key,
    line,
    arg_max(touch_id, (touched_at, touch_id)) as touch_id,
    arg_max(kind, (touched_at, touch_id)) as kind,
    max(touched_at) as touched_at,
    arg_max(recommended_by, (touched_at, touch_id)) as recommended_by,
    arg_max(recommended_code, (touched_at, touch_id)) as recommended_code,
    cast(1 as decimal(28, 8)) as weight,
    cast(1 as decimal(28, 8)) as upto
from (
    -- include: attribution/eligible
) eligible
where winner = 'last'
group by preset, order_key, line
