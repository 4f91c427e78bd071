-- title: Orders as the preset values them
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: preset varchar, unit varchar, order_key varchar, placed_at timestamp, visitor_id varchar, session_key varchar, lines integer, revenue decimal(18, 4), currency varchar
-- define: Orders placed in the period, or the one asked for, without bots. Booked is revenue without shipping and tax, whatever became of the order (on a page that counts other money, that money); net is booked less what was cancelled, returned or given back; gross is the total with shipping and tax.
-- rows: 1000000
with valuing as (
    -- include: attribution/chosen
)
select
    r.preset,
    r.unit,
    o.order_key,
    o.placed_at,
    o.visitor_id,
    o.session_key,
    o.lines,
    cast(case
        when r.value = 'gross' then o.revenue + o.extra
        when r.value = 'net' then o.revenue - o.undone
        else o.revenue
    end as decimal(18, 4)) as revenue,
    coalesce(o.currency, $currency) as currency
from orders o
cross join valuing r
where o.shop_id = $shop
  and o.placed_at >= case when $id::varchar is null then $start::timestamp else timestamp '1970-01-01' end
  and o.placed_at < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
  and ($id::varchar is null or o.order_key = $id)
  and not o.bot
