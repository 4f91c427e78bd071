-- title: Model linear: every touch has the same part of the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: Each of the n touches of a line has weight 1/n, to eight digits; what that leaves goes to the latest, so that the weights sum to 1.
-- rows: 1000000
with ranked as (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place,
        count(*) over (partition by unit) as touches
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'linear'
),
summed as (
    select
        *,
        cast(case
            when place = touches then 1
            else place::double / touches
        end as decimal(28, 8)) as upto
    from ranked
)
select
    preset,
    order_key,
    line,
    touch_id,
    kind,
    touched_at,
    recommended_by,
    recommended_code,
    cast(upto - lag(upto, 1, 0) over (partition by unit order by place) as decimal(28, 8)) as weight,
    upto
from summed
