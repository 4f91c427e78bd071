-- Which order each report of a purchase is about.
-- takes: shop varchar, visitor varchar
select event_id, order_key
from order_versions
where shop_id = $shop
  and visitor_id = $visitor
  and event = 'purchase';
