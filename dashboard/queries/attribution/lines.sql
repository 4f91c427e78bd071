-- title: What is to be attributed: order lines, or whole orders
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: preset varchar, order_key varchar, line integer, item_id varchar, item_group_id varchar, placed_at timestamp, visitor_id varchar, session_key varchar, revenue decimal(18, 4), currency varchar
-- define: Lines of the orders placed in the period, or of the one order asked for, without bots; where the unit of the preset is the whole order, one row an order with the line -1. Valued as the preset says: a line's net is what is kept of it, its gross has its part of shipping and tax.
-- rows: 1000000
with own as materialized (
    -- include: attribution/chosen
)
select
    r.preset,
    l.order_key,
    l.line,
    l.item_id,
    l.item_group_id,
    l.placed_at,
    l.visitor_id,
    l.session_key,
    -- rees46: cast(l.revenue as decimal(18, 4)) as revenue,
    -- other presets:
    cast(case
        when r.value = 'gross' then l.revenue + l.extra
        when r.value = 'net' then l.revenue - l.undone
        else l.revenue
    end as decimal(18, 4)) as revenue,
    -- end
    coalesce(l.currency, $currency) as currency
from order_lines l
join own r
  on r.unit = 'line'
where l.shop_id = $shop
  and l.placed_at >= case when $id::varchar is null then $start::timestamp else timestamp '1970-01-01' end
  and l.placed_at < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
  and ($id::varchar is null or l.order_key = $id)
  and not l.bot
-- other presets:
union all
select preset, order_key, -1, null, null, placed_at, visitor_id, session_key, revenue, currency
from (
    -- include: attribution/valued with attribution/chosen as own
) valued
where unit = 'order'
-- end
