-- What a device was told to be, newest first.
-- takes: shop varchar, did varchar
select email, props
from events
where shop_id = $shop
  and event = 'identify'
  and device_id = $did
order by ts desc, request_id desc, seq desc
limit 500;
