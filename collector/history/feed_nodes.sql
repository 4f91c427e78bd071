-- The latest devices and identifiers of a visitor, and since and until when they were theirs.
-- takes: shop varchar, visitor varchar
select node, since, until
from visitor_nodes
where shop_id = $shop
  and visitor_id = $visitor
order by until desc, node
limit 10;
