-- title: Model shapley: every code that took part has the same part of the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: The Shapley value of a path that converts only as a whole: each of the m distinct codes of a line has 1/m, shared equally by its touches, to eight digits; what that leaves goes to the latest touch, so that the weights sum to 1.
-- rows: 1000000
with named as (
    select
        *,
        dense_rank() over (partition by unit order by recommended_by, recommended_code) as number,
        count(*) over (partition by unit, recommended_by, recommended_code) as shared
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'shapley'
),
ranked as (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place,
        count(*) over (partition by unit) as touches,
        max(number) over (partition by unit) as codes
    from named
),
summed as (
    select
        *,
        cast(case
            when place = touches then 1
            else least(1, sum(1.0::double / shared / codes) over (
                partition by unit order by place rows between unbounded preceding and current row
            ))
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
