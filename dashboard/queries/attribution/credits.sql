-- title: Who is credited for each order line
-- takes: preset varchar, model varchar, shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, line integer, item_id varchar, revenue decimal(18, 4), currency varchar, placed_at timestamp, visitor_id varchar, recommended_by varchar, recommended_code varchar, touch_id varchar, kind varchar, touched_at timestamp, weight decimal(28, 8), earned decimal(18, 4), reason varchar
-- define: One row per line and touch with weight; a line without any has one row of weight 0. Weights of a line sum to 1 or are 0; earned is its revenue times the weight. A further model is one more file and one more arm.
-- rows: 1000000
with lines as (
    -- include: attribution/lines
),
weights as (
    select order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, weight
    from (
        -- include: attribution/last
    ) last
    where $model = 'last'
)
select
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
    cast(l.revenue * coalesce(w.weight, 0) as decimal(18, 4)) as earned,
    case
        when w.kind = 'purchase' then 'purchase_field_fallback'
        when w.touch_id is not null then 'kept_last'
        when l.visitor_id is null then 'no_visitor'
        when l.session_key is null then 'no_session'
        else 'no_touch'
    end as reason
from lines l
left join weights w
  on w.order_key = l.order_key
 and w.line = l.line
