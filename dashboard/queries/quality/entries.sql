-- title: Kept and not counted
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], tab varchar, code varchar, page_size bigint, page_offset bigint
-- gives: received_at timestamp, request_id uuid, seq integer, shop_id varchar, vendor varchar, endpoint varchar, name varchar, codes varchar[], pointer varchar, page_url varchar, method varchar, path varchar, query varchar, body varchar, body_base64 varchar, body_chars bigint
-- define: The newest events of this verdict with the request they came in, as it was sent but for credentials; long bodies are cut at 4,096 characters and whole behind their link.
with chosen as (
    select
        received_at,
        request_id,
        seq,
        shop_id,
        vendor,
        endpoint,
        name,
        codes,
        pointer,
        page_url
    from refused
    where outcome = $tab
      and received_at >= $start
      and received_at < $until
      and (shop_id = $shop or (outcome = 'rejected' and not list_contains($shops::varchar[], shop_id)))
      and ($code::varchar is null or list_contains(codes, $code))
    order by received_at desc, request_id, seq
    limit $page_size
    offset $page_offset
)
select
    chosen.received_at as received_at,
    chosen.request_id as request_id,
    chosen.seq as seq,
    chosen.shop_id as shop_id,
    chosen.vendor as vendor,
    chosen.endpoint as endpoint,
    chosen.name as name,
    chosen.codes as codes,
    chosen.pointer as pointer,
    chosen.page_url as page_url,
    raws.method as method,
    raws.path as path,
    substr(raws.query, 1, 4096) as query,
    substr(raws.body, 1, 4096) as body,
    substr(raws.body_base64, 1, 4096) as body_base64,
    coalesce(length(raws.body), length(raws.body_base64)) as body_chars
from chosen
left join raws
  on raws.request_id = chosen.request_id
 and raws.shop_id = chosen.shop_id
order by chosen.received_at desc, chosen.request_id, chosen.seq
