-- title: Order lines to be attributed
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: order_key varchar, line integer, item_id varchar, placed_at timestamp, visitor_id varchar, session_key varchar, recommended_by varchar, recommended_code varchar, revenue decimal, currency varchar
-- define: Lines of the orders placed in the period, or of the one order asked for; without bots, with cancelled orders, because revenue is booked revenue.
-- rows: 1000000
select
    order_key,
    line,
    item_id,
    placed_at,
    visitor_id,
    session_key,
    recommended_by,
    recommended_code,
    revenue,
    coalesce(currency, $currency) as currency
from order_lines
where shop_id = $shop
  and placed_at >= case when $id::varchar is null then $start::timestamp else timestamp '1970-01-01' end
  and placed_at < case when $id::varchar is null then $until::timestamp else timestamp '9999-01-01' end
  and ($id::varchar is null or order_key = $id)
  and not bot
