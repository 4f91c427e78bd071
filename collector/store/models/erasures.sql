-- Customers of one shop that are to be erased, each once, by the time they were first asked for.
-- Only the vendor's own path makes these rows: an event that merely has the name is none.
-- takes: shop varchar
select
    min(received_at) as since,
    count(*) as requests,
    vendor,
    user_id,
    device_id,
    email,
    phone,
    ids
from events
where shop_id = $shop
  and event = 'custom'
  and custom_name = 'erasure_request'
  and vendor_event = 'customers/anonymize'
group by vendor, user_id, device_id, email, phone, ids
order by since, vendor, user_id, device_id, email, phone, ids;
