-- title: Orders after a message, preset REES46 messages
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, touch_id varchar, touched_at timestamp, recommended_by varchar, recommended_code varchar, revenue decimal(18, 4), currency varchar
-- define: The whole order belongs to the last message that its visitor clicked at most 48 hours (172,800 s) before it. A visit that still names a message does not prolong them. Overlaps what storefront tools are credited with; the two are never added.
-- rows: 1000000
-- settles: day
with buyers as materialized (
    select unnest(list(distinct visitor_id)) as visitor_id
    from orders
    where shop_id = $shop
      and placed_at >= case when $id::varchar is null then $start::timestamp else timestamp '1970-01-01' end
      and placed_at < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
      and ($id::varchar is null or order_key = $id)
      and not bot
),
written as materialized (
    select *
    from (
        -- include: attribution/messages
    ) messages
    where visitor_id in (select visitor_id from buyers)
)
select
    o.order_key,
    arg_max(t.touch_id, (t.ts, t.touch_id)) as touch_id,
    max(t.ts) as touched_at,
    arg_max(t.recommended_by, (t.ts, t.touch_id)) as recommended_by,
    arg_max(t.recommended_code, (t.ts, t.touch_id)) as recommended_code,
    any_value(o.revenue) as revenue,
    any_value(coalesce(o.currency, $currency)) as currency
from orders o
join (
    -- include: attribution/message_clicks with attribution/messages as written
) t
  on t.visitor_id = o.visitor_id
 and t.ts <= o.placed_at
 and t.ts >= o.placed_at - interval 48 hour
where o.shop_id = $shop
  and o.placed_at >= case when $id::varchar is null then $start::timestamp else timestamp '1970-01-01' end
  and o.placed_at < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
  and ($id::varchar is null or o.order_key = $id)
  and not o.bot
group by o.order_key
