-- title: Ids of the segment's visitors
-- takes: shop varchar
-- gives: device_id varchar, user_id varchar, email varchar, phone varchar
-- define: Every id by which visitors of the chosen segment, or all of them, have been seen: devices, customers, e-mail addresses, telephone numbers.
select distinct
    device_id,
    user_id,
    email,
    phone
from events
where shop_id = $shop
