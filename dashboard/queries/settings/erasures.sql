-- title: Requests to erase a customer
-- takes: shop varchar
-- gives: since timestamp, requests bigint, vendor varchar, user_id varchar, device_id varchar, email varchar, phone varchar, other varchar
-- define: Customers that the shop was asked to erase through a vendor's own path for it, each once, by the time they were first asked for. The collector keeps the request; whoever runs the installation carries it out.
select
    min(received_at) as since,
    count(*) as requests,
    vendor,
    user_id,
    device_id,
    email,
    phone,
    ids as other
from events
where shop_id = $shop
  and event = 'custom'
  and custom_name = 'erasure_request'
  and vendor_event = 'customers/anonymize'
group by vendor, user_id, device_id, email, phone, ids
order by since, vendor, user_id, device_id, email, phone, other
