-- title: The request it came in
-- takes: shop varchar, find varchar
-- gives: request_id uuid, received_at timestamp, method varchar, path varchar, query varchar, content_type varchar, body varchar, body_base64 varchar, body_chars bigint
-- define: The raw request that brought the event, credentials removed; a body that is not UTF-8 stands as base64, and a long one is cut at 4,096 characters.
with told as (
    select distinct request_id
    from events
    where shop_id = $shop
      and event_id = try_cast($find as uuid)
)
select
    raws.request_id as request_id,
    raws.received_at as received_at,
    raws.method as method,
    raws.path as path,
    substr(raws.query, 1, 4096) as query,
    raws.content_type as content_type,
    substr(raws.body, 1, 4096) as body,
    substr(raws.body_base64, 1, 4096) as body_base64,
    coalesce(length(raws.body), length(raws.body_base64)) as body_chars
from raws
join told
  on told.request_id = raws.request_id
where raws.shop_id = $shop
order by raws.received_at, raws.request_id
