-- title: What became of it
-- takes: shop varchar, shops varchar[], id varchar
-- gives: seq integer, vendor varchar, outcome varchar, event varchar, name varchar, codes varchar[], pointer varchar, event_id uuid, received_at timestamp
-- define: The events of the request in the sender's order, each with its verdict, its codes and the place in the body it was read from. An event that begins a device's first session, or a session under an id that was used before, says so.
with stored as (
    select *
    from events
    where request_id = try_cast($id as uuid)
      and shop_id = $shop
),
begun as (
    select
        stored.event_id,
        stored.device_id,
        stored.session_id,
        stored.ts
    from stored
    join sessions
      on sessions.session_key = stored.session_key
     and sessions.visitor_id = stored.visitor_id
     and sessions.started_at = stored.ts
    where sessions.shop_id = $shop
      and stored.device_id is not null
),
-- One event of the request at most begins a session, also where several have one time.
beginning as (
    select
        arg_min(stored.event_id, stored.seq) as event_id,
        begun.device_id,
        begun.session_id,
        begun.ts
    from begun
    join stored on stored.event_id = begun.event_id
    group by begun.device_id, begun.session_id, begun.ts
),
found as (
    select
        beginning.event_id,
        'device_new' as code
    from beginning
    left join sessions
      on sessions.shop_id = $shop
     and sessions.device_id = beginning.device_id
     and sessions.started_at < beginning.ts
    where sessions.shop_id is null
    union all
    select
        beginning.event_id,
        'sid_stale' as code
    from beginning
    join sessions
      on sessions.shop_id = $shop
     and sessions.session_id = beginning.session_id
     and sessions.device_id is not null
     and sessions.started_at < beginning.ts
    group by beginning.event_id
),
told as (
    select
        event_id,
        list(code order by code) as codes
    from found
    group by event_id
)
select
    stored.seq as seq,
    stored.vendor as vendor,
    'accepted' as outcome,
    stored.event as event,
    coalesce(stored.custom_name, stored.vendor_event) as name,
    list_concat(
        list_filter(coalesce(stored.notes, []), lambda note: not list_contains(coalesce(told.codes, []), note)),
        coalesce(told.codes, [])
    ) as codes,
    stored.pointer as pointer,
    stored.event_id as event_id,
    stored.received_at as received_at
from stored
left join told on told.event_id = stored.event_id
union all
select
    seq,
    vendor,
    outcome,
    null as event,
    name,
    codes,
    pointer,
    event_id,
    received_at
from refused
where request_id = try_cast($id as uuid)
  and (shop_id = $shop or not list_contains($shops::varchar[], shop_id))
order by seq, outcome, event_id
