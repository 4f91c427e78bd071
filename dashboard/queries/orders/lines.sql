-- title: Lines of the order and who is credited
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: line integer, item_id varchar, item_variant varchar, item_name varchar, quantity decimal(18, 4), price decimal(18, 4), amount decimal(38, 4), revenue decimal(18, 4), kept decimal(18, 4), net decimal(18, 4), currency varchar, recommended_by varchar, recommended_code varchar, kind varchar, touched_at timestamp, weight decimal(28, 8), reason varchar
-- define: Every line of the order with its quantity times price, its share of the order's revenue (an order's discount is spread over its lines), what of both is kept after returns, and the touch it is credited to, or the reason why to none.
with credits as (
    -- include: attribution/credits
)
select
    l.line,
    l.item_id,
    l.item_variant,
    l.item_name,
    l.quantity,
    l.price,
    cast(cast(l.quantity as decimal(38, 4)) * l.price as decimal(38, 4)) as amount,
    l.revenue,
    cast(l.quantity - l.undone_quantity as decimal(18, 4)) as kept,
    cast(l.revenue - l.undone as decimal(18, 4)) as net,
    coalesce(l.currency, $currency) as currency,
    c.recommended_by,
    c.recommended_code,
    c.kind,
    c.touched_at,
    coalesce(c.weight, 0) as weight,
    coalesce(c.reason, 'order_of_bot') as reason
from order_lines l
left join credits c
  on c.order_key = l.order_key
 and (c.line = l.line or c.line = -1)
where l.shop_id = $shop
  and l.order_key = $id
order by l.line, c.touched_at, c.touch_id
