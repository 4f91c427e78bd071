-- title: Which block takes credit from which
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, tool varchar, code varchar
-- gives: from_by varchar, from_code varchar, to_by varchar, to_code varchar, currency varchar, orders bigint, lines bigint, revenue decimal(38, 4)
-- define: Lines (or whole orders) of the period for which touches of two or more blocks count under the preset: to is the block that takes them, from the one that would if that block had not been there, by the same model; a model that splits is read as last touch. Revenue is that of the lines. The 500 pairs with the most of it.
with rules as materialized (
    -- include: attribution/chosen
),
units as materialized (
    -- include: attribution/lines with attribution/chosen as rules
),
ranked as (
    select
        order_key,
        line,
        recommended_by,
        recommended_code,
        row_number() over (
            partition by order_key, line
            order by
                case when $model <> 'first_to_cart' or touched_at <= added_at then 0 else 1 end,
                case when $model = 'first' then touched_at else null end,
                case when $model = 'first' then touch_id else null end,
                touched_at desc,
                touch_id desc
        ) as place
    from (
        -- include: attribution/eligible with attribution/chosen as rules, attribution/lines as units
    ) eligible
),
winners as (
    select order_key, line, recommended_by, recommended_code
    from ranked
    where place = 1
),
rivals as (
    select
        r.order_key,
        r.line,
        arg_min(r.recommended_by, r.place) as recommended_by,
        arg_min(r.recommended_code, r.place) as recommended_code
    from ranked r
    join winners w
      on w.order_key = r.order_key
     and w.line = r.line
    where r.recommended_by <> w.recommended_by
       or r.recommended_code <> w.recommended_code
    group by r.order_key, r.line
)
select
    r.recommended_by as from_by,
    r.recommended_code as from_code,
    w.recommended_by as to_by,
    w.recommended_code as to_code,
    u.currency,
    count(distinct u.order_key) as orders,
    count(*) as lines,
    sum(u.revenue)::decimal(38, 4) as revenue
from rivals r
join winners w
  on w.order_key = r.order_key
 and w.line = r.line
join units u
  on u.order_key = r.order_key
 and u.line = r.line
where ($tool::varchar is null or r.recommended_by = $tool or w.recommended_by = $tool)
  and ($code::varchar is null or r.recommended_code = $code or w.recommended_code = $code)
group by r.recommended_by, r.recommended_code, w.recommended_by, w.recommended_code, u.currency
order by
    u.currency <> $currency,
    u.currency,
    revenue desc,
    lines desc,
    from_by,
    from_code,
    to_by,
    to_code
limit 500
