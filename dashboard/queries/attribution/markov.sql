-- title: Model markov: the more orders would be lost without a code, the more of the line it has
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, effects varchar[][]
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: Each distinct code of a line has its removal effect over all journeys of the period, divided by the sum of those of the line, shared equally by its touches, to eight digits; what that leaves goes to the latest touch, so that the weights sum to 1. Where none of them has any effect, each code has the same.
-- rows: 1000000
with effects as materialized (
    select
        one[1] as preset,
        one[2] as recommended_by,
        one[3] as recommended_code,
        cast(one[4] as double) as effect
    from (select unnest($effects::varchar[][]) as one) worked_out
),
named as (
    select
        e.*,
        coalesce(f.effect, r.effect, 0) as effect,
        count(*) over (partition by e.unit, e.recommended_by, e.recommended_code) as shared
    from (
        -- include: attribution/eligible
    ) e
    left join effects f
      on f.preset = e.preset
     and f.recommended_by = e.recommended_by
     and f.recommended_code = e.recommended_code
    -- What all codes have together that are no states of their own.
    left join effects r
      on r.preset = e.preset
     and r.recommended_by = ''
    where e.winner = 'markov'
),
ranked as (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place,
        count(*) over (partition by unit) as touches,
        case
            when max(effect) over (partition by unit) > 0 then effect / shared
            else 1.0::double / shared
        end as strength
    from named
),
summed as (
    select
        *,
        cast(case
            when place = touches then 1
            else least(1, sum(strength) over (
                partition by unit order by place rows between unbounded preceding and current row
            ) / sum(strength) over (partition by unit))
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
