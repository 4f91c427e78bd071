-- Whose a device is now; no row for one that nothing identified: it is its own visitor.
-- takes: shop varchar, did varchar
select visitor_id
from visitor_nodes
where node_hash = md5_number_lower($shop || chr(31) || $did)::ubigint
  and shop_id = $shop
  and node = $did
  and until = timestamp '9999-01-01';
