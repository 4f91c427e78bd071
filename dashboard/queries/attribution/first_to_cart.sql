-- title: Model first_to_cart: the touch before the add takes the line
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: preset varchar, order_key varchar, line integer, touch_id varchar, kind varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, weight decimal(28, 8), upto decimal(28, 8)
-- define: One touch of a line has weight 1: the latest at or before the add that led to the purchase, which is the first one since the item was last not in the cart; where no touch or no add is known to be that early, the latest.
-- rows: 1000000
select preset, order_key, line, touch_id, kind, touched_at, recommended_by, recommended_code, cast(1 as decimal(28, 8)) as weight, cast(1 as decimal(28, 8)) as upto
from (
    select
        *,
        row_number() over (partition by unit order by case when touched_at <= added_at then 0 else 1 end, touched_at desc, touch_id desc) as place
    from (
        -- include: attribution/eligible
    ) eligible
    where winner = 'first_to_cart'
) ranked
where place = 1
