-- title: One request as it came
-- takes: shop varchar, shops varchar[], id varchar
-- gives: request_id uuid, received_at timestamp, shop_id varchar, method varchar, path varchar, query varchar, content_type varchar, body varchar, body_base64 varchar, user_agent varchar
-- define: The raw request, credentials removed; a body that is not UTF-8 stands as base64.
select
    request_id,
    received_at,
    shop_id,
    method,
    path,
    query,
    content_type,
    body,
    body_base64,
    user_agent
from raws
where request_id = try_cast($id as uuid)
  and (shop_id = $shop or not list_contains($shops::varchar[], shop_id))
order by case when shop_id = $shop then 0 else 1 end, shop_id
