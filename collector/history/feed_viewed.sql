-- Products that a device looked at between two moments, newest first.
-- takes: shop varchar, node varchar, since timestamp, until timestamp, most bigint
select item_id, max(last_at) as seen_at
from feed_interest
where node_hash = md5_number_lower($shop || chr(31) || $node)::ubigint
  and node = $node
  and shop_id = $shop
  and kind = 'view'
  and last_at >= $since
  and last_at < $until
group by item_id
order by seen_at desc, item_id
limit $most;
