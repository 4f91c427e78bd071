-- Raw requests and what was refused of them.
insert into raws by name
select
    request_id,
    received_at,
    shop_id,
    raw.method,
    raw.path,
    raw."query",
    raw.content_type,
    raw.body,
    raw.body_base64,
    user_agent
from lines
where raw is not null;

insert into refused by name
select
    shop_id,
    received_at,
    request_id,
    coalesce(refused.seq, 0) as seq,
    vendor,
    endpoint,
    refused.outcome,
    coalesce(refused.codes, []) as codes,
    nullif(refused."name", '') as "name",
    nullif(refused.pointer, '') as pointer,
    refused.event.event_id as event_id,
    refused.event.page_url as page_url
from (select * exclude (refused), unnest(refused) as refused from lines) l;
