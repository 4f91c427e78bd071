-- Canonical records of one shop in their order, each event once, with the raw request beside it.
-- takes: shop varchar
with again as (
    select event_id
    from events
    where shop_id = $shop
    group by event_id
    having count(*) > 1
),
first_of_again as (
    select event_id, arg_min(rowid, {'received_at': received_at, 'request_id': request_id, 'seq': seq}) as kept
    from events
    where shop_id = $shop
      and event_id in (select event_id from again)
      and substr(event_id::varchar, 15, 1) = '5'
    group by event_id
)
select
    e.* exclude (
        visitor_id, session_key, bot, browser, os, device_type,
        utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer_host, channel
    ),
    r.method,
    r.path,
    r."query" as raw_query,
    r.content_type,
    r.body,
    r.body_base64
from events e
left join first_of_again f on f.event_id = e.event_id
left join raws r on r.request_id = e.request_id and r.shop_id = e.shop_id
where e.shop_id = $shop
  and (f.kept is null or f.kept = e.rowid)
order by e.request_id, e.seq, e.event_id;
