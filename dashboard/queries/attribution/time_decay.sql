-- title: Model time_decay: later touches have more of the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: A touch has 2 to the power of minus its age over the half-life (24 hours, messages 7 days), divided by the sum over the line, to eight digits; the latest has the rest, so that the weights sum to 1.
-- rows: 1000000
-- Ages are counted from the latest touch: the quotients are the same, and none of them is 0 / 0.
with ranked as (
    select
        *,
        row_number() over (partition by unit order by touched_at, touch_id) as place,
        count(*) over (partition by unit) as touches,
        max(touched_at) over (partition by unit) as latest
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'time_decay'
),
aged as (
    select
        *,
        pow(2, -date_diff('microsecond', touched_at, latest)::double
            / case when kind = 'message_click' then 604800000000 else 86400000000 end) as strength
    from ranked
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
    from aged
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
