-- title: Tools that took part in an order
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: order_key varchar, recommended_by varchar, recommended_code varchar
-- define: Orders with any click or add of a storefront tool by their visitor inside the window of the preset and not after the order, on whatever item; once a touch.
-- rows: 1000000
-- settles: day
select o.order_key, t.recommended_by, t.recommended_code
from (
    -- include: attribution/valued
) o
join (
    -- include: attribution/chosen
) r
  on r.preset = o.preset
join (
    -- include: attribution/helped
) t
  on t.visitor_id = o.visitor_id
 and t.ts <= o.placed_at
where r.family = 'storefront'
  and (t.kind <> 'add' or r.kinds = 'click_add')
  and case
      when r.span in ('session', 'run') then t.session_key = o.session_key
      when r.span = 'day' then t.ts >= o.placed_at - r.reach
          and cast(timezone($zone, timezone('UTC', t.ts)) as date) = cast(timezone($zone, timezone('UTC', o.placed_at)) as date)
      else t.ts >= o.placed_at - r.reach
  end
