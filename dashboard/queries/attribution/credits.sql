-- title: Who is credited for each order line
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, item_id varchar, revenue decimal(18, 4), currency varchar, placed_at timestamp, visitor_id varchar, recommended_by varchar, recommended_code varchar, touch_id varchar, kind varchar, touched_at timestamp, weight decimal(28, 8), earned decimal(18, 4), reason varchar
-- define: One row per line (or whole order, line -1) and touch with weight; a line without any has one row of weight 0. Weights of a line sum to 1 or are 0; earned is its revenue times the weight, and sums to the revenue to the last digit. A further model is one more file and one more arm.
-- rows: 1000000
-- settles: day
with chosen as materialized (
    -- include: attribution/chosen
),
lines as materialized (
    -- include: attribution/lines with attribution/chosen as chosen
),
eligible as materialized (
    -- include: attribution/eligible with attribution/chosen as chosen, attribution/lines as lines
),
weights as (
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/last with attribution/eligible as eligible
    ) last
    -- other presets:
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/first with attribution/eligible as eligible
    ) first
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/first_to_cart with attribution/eligible as eligible
    ) first_to_cart
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/linear with attribution/eligible as eligible
    ) linear
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/time_decay with attribution/eligible as eligible
    ) time_decay
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/position with attribution/eligible as eligible
    ) position
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/markov with attribution/eligible as eligible
    ) markov
    union all
    select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight, upto
    from (
        -- include: attribution/shapley with attribution/eligible as eligible
    ) shapley
    -- end
)
select
    l.preset,
    l.order_key,
    l.line,
    l.item_id,
    l.revenue,
    l.currency,
    l.placed_at,
    l.visitor_id,
    w.recommended_by,
    w.recommended_code,
    w.touch_id,
    w.kind,
    w.touched_at,
    coalesce(w.weight, 0) as weight,
    cast(
        cast(l.revenue * coalesce(w.upto, 0) as decimal(18, 4))
        - cast(l.revenue * (coalesce(w.upto, 0) - coalesce(w.weight, 0)) as decimal(18, 4))
    as decimal(18, 4)) as earned,
    case
        when w.kind = 'purchase' then 'purchase_field_fallback'
        when w.touch_id is not null and l.preset in ('rees46', 'strict') and r.winner = 'last' then 'kept_last'
        when w.touch_id is not null then concat('kept_by_', r.winner)
        when l.visitor_id is null then 'no_visitor'
        when l.session_key is null and r.span in ('session', 'run') then 'no_session'
        when r.span = 'session' and r.match = 'item' then 'no_touch'
        else 'nothing_counts'
    end as reason
from lines l
join chosen r
  on r.preset = l.preset
left join weights w
  on w.preset = l.preset
 and w.order_key = l.order_key
 and w.line = l.line
 and w.weight > 0
