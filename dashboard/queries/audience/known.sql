-- title: Those of the rule who are somebody
-- takes: shop varchar, as_of timestamp
-- gives: visitor_id varchar
-- define: Of the visitors whom the rule holds (`held`), those with a session or an order before the moment, without bots. A segment holds nobody else.
-- rows: 100000000
select visitor_id
from sessions
where shop_id = $shop
  and started_at < $as_of
  and not bot
  and visitor_id in (select visitor_id from held)
union
select visitor_id
from orders
where shop_id = $shop
  and placed_at < $as_of
  and not bot
  and visitor_id in (select visitor_id from held)
