-- Segments that a device or a contact was put into and taken out of, oldest first.
-- takes: shop varchar, did varchar, email varchar, phone varchar (null: not asked for)
select props
from events
where shop_id = $shop
  and event = 'identify'
  and (device_id = $did or email = $email or phone = $phone)
  and props like '%"segment_%'
order by ts, request_id, seq;
