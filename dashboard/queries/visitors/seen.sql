-- title: Visitors seen in the period
-- takes: shop varchar, start timestamp, until timestamp
-- gives: visitor_id varchar, last_at timestamp, node ubigint, other ubigint
-- define: Visitors with a session that began in the period, bots left out, with the end of the last one, and the least and the greatest of their devices' hashes: equal where there is one device.
select visitor_id, max(ended_at) as last_at, min(node_hash) as node, max(node_hash) as other
from sessions
where shop_id = $shop
  and started_at >= $start
  and started_at < $until
  and not bot
group by visitor_id
