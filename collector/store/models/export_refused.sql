-- What was kept but not counted, of one shop or of all, with the raw request beside it.
-- takes: shop varchar
select
    f.*,
    r.method,
    r.path,
    r."query" as raw_query,
    r.content_type,
    r.body,
    r.body_base64
from refused f
left join raws r on r.request_id = f.request_id and r.shop_id = f.shop_id
where $shop::varchar is null
   or f.shop_id = $shop
order by f.request_id, f.seq, f.outcome, f.event_id;
