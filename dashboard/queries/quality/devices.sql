-- title: New devices
-- takes: shop varchar, start timestamp, until timestamp, tab varchar
-- gives: code varchar, found bigint, last_seen timestamp, page_url varchar, request_id uuid
-- define: Devices of the shop whose very first event, by its own time, lies in the last seven days of the period, robots included; the sample is the newest of them.
with recent as (
    select
        device_id,
        min(started_at) as first_at
    from sessions
    where $tab = 'notes'
      and shop_id = $shop
      and started_at >= greatest($start::timestamp, $until::timestamp - interval 7 day)
      and started_at < $until
      and device_id is not null
    group by device_id
),
-- The list is for the planner, which would hash all of the history and not the devices of a week.
known as (
    select distinct device_id
    from sessions
    where $tab = 'notes'
      and shop_id = $shop
      and started_at < greatest($start::timestamp, $until::timestamp - interval 7 day)
      and device_id in (select unnest(list(device_id)) from recent)
),
fresh as (
    select
        r.device_id,
        r.first_at
    from recent r
    left join known k
      on k.device_id = r.device_id
    where k.device_id is null
),
newest as (
    select
        count(*) as found,
        max(first_at) as last_seen,
        arg_max(device_id, (first_at, device_id)) as device_id
    from fresh
),
sample as (
    select
        arg_min(events.page_url, (events.request_id, events.seq)) as page_url,
        min(events.request_id) as request_id
    from newest
    join events
      on events.ts = newest.last_seen
     and events.device_id = newest.device_id
    where events.shop_id = $shop
      and events.ts >= greatest($start::timestamp, $until::timestamp - interval 7 day)
      and events.ts < $until
)
select
    'device_new' as code,
    newest.found as found,
    newest.last_seen as last_seen,
    sample.page_url as page_url,
    sample.request_id as request_id
from newest
cross join sample
where newest.found > 0
