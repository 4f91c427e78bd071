-- title: Who said who they are
-- takes: shop varchar, as_of timestamp
-- gives: visitor_id varchar
-- define: Visitors with an event before the moment that names a customer id, an e-mail address or a phone number.
-- rows: 100000000
select distinct visitor_id
from events
where shop_id = $shop
  and ts < $as_of
  and not bot
  and visitor_id is not null
  and (user_id is not null or email is not null or phone is not null)
