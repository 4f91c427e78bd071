-- title: Model position: the first and the last touch have most of the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: A single touch has weight 1, two have a half each; of more the first and the last have 0.4 each and those between share 0.2, to eight digits.
-- rows: 1000000
with ranked as (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place,
        count(*) over (partition by unit) as touches
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'position'
),
summed as (
    select
        *,
        cast(case
            when place = touches then 1
            when touches = 2 then 0.5
            else 0.4 + 0.2 * (place - 1)::double / (touches - 2)
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
