-- title: Session ids used again
-- takes: shop varchar, start timestamp, until timestamp, tab varchar
-- gives: code varchar, found bigint, last_seen timestamp, page_url varchar, request_id uuid
-- define: Sessions that began in the last seven days of the period under a session id that was used before: by the same device, a gap of the shop's length (two hours by default) ago or longer, or by another device in these days. Robots are included; the sample begins the newest of them.
with recent as (
    select
        session_id,
        session_key,
        visitor_id,
        started_at,
        run
    from sessions
    where $tab = 'notes'
      and shop_id = $shop
      and started_at >= greatest($start::timestamp, $until::timestamp - interval 7 day)
      and started_at < $until
      and session_id is not null
      and device_id is not null
),
used as (
    select
        session_id,
        min(started_at) as first_at
    from recent
    group by session_id
    having count(*) > 1
),
stale as (
    select
        recent.session_key,
        recent.visitor_id,
        recent.started_at
    from recent
    left join used on used.session_id = recent.session_id
    where recent.run > 1
       or recent.started_at > used.first_at
),
newest as (
    select
        count(*) as found,
        max(started_at) as last_seen,
        arg_max(visitor_id, (started_at, visitor_id, session_key)) as visitor_id,
        arg_max(session_key, (started_at, visitor_id, session_key)) as session_key
    from stale
),
sample as (
    select
        arg_min(events.page_url, (events.request_id, events.seq)) as page_url,
        min(events.request_id) as request_id
    from newest
    join events
      on events.ts = newest.last_seen
     and events.visitor_id = newest.visitor_id
     and events.session_key = newest.session_key
    where events.shop_id = $shop
      and events.ts >= greatest($start::timestamp, $until::timestamp - interval 7 day)
      and events.ts < $until
)
select
    'sid_stale' as code,
    newest.found as found,
    newest.last_seen as last_seen,
    sample.page_url as page_url,
    sample.request_id as request_id
from newest
cross join sample
where newest.found > 0
