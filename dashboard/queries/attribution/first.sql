-- title: Model first: the earliest touch takes the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: One touch of a line has weight 1: the earliest; of two at one moment the one with the smaller id.
-- rows: 1000000
select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, cast(1 as decimal(28, 8)) as weight, cast(1 as decimal(28, 8)) as upto
from (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'first'
) ranked
where place = 1
