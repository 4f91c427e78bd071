-- What repeats an event is kept as a refusal that says so.
insert into refused by name
select
    shop_id,
    received_at,
    request_id,
    seq,
    vendor,
    endpoint,
    'duplicate' as outcome,
    ['duplicate'] as codes,
    coalesce(vendor_event, event) as "name",
    pointer,
    event_id,
    page_url
from arrived
where rowid in (select n from repeated);
