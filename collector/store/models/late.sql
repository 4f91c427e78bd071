-- Sessions told again from the events, for groups that a late event belongs to.
-- takes: since timestamp
create or replace temp table retold as
with ordered as (
    select
        e.rowid as rid,
        e.*,
        l.gid,
        l.part,
        l.node,
        l.group_hash,
        l.runs_before,
        case
            when date_diff('microsecond', lag(e.ts) over w, e.ts) < l.gap then 0
            else 1
        end as starts
    from events e
    join late l
      on l.shop_id = e.shop_id
     and l.node = coalesce(e.device_id, 'u:' || e.user_id, 'e:' || e.email, 'p:' || e.phone)
     and l.part = coalesce(e.session_id, '')
    where e.ts >= $since
      and e.ts >= l.from_ts
      and not ((e.event = 'order_status' or coalesce(e.custom_name, '') = 'erasure_request') and e.session_id is null)
    window w as (partition by l.gid order by e.ts, e.request_id, e.seq)
),
counted as (
    select
        *,
        runs_before + sum(starts) over (
            partition by gid order by ts, request_id, seq
            rows between unbounded preceding and current row
        )::integer as run
    from ordered
)
select
    * exclude (starts, runs_before, session_key),
    session_key as old_key,
    case
        when part = '' then '~' || first_value(event_id) over (
            partition by gid, run order by ts, request_id, seq
            rows between unbounded preceding and current row
        )
        when run = 1 then part
        else part || '#' || run
    end as session_key
from counted;

create or replace temp table rekeyed as
select rid, event_id, ts, session_key
from retold
where session_key is distinct from old_key;

update events set session_key = r.session_key from rekeyed r where events.rowid = r.rid;

update items set session_key = r.session_key
from rekeyed r
where items.event_id = r.event_id and items.ts = r.ts and items.ts >= $since;

update touches set session_key = r.session_key
from rekeyed r
where touches.event_id = r.event_id and touches.ts = r.ts and touches.ts >= $since;

-- The sight of a message stands at the moment of its click, which may lie long before the event.
update touches set session_key = r.session_key
from rekeyed r
where touches.event_id = r.event_id and touches.kind = 'message_seen' and touches.ts <> r.ts;

insert into dirty_orders
select distinct v.shop_id, v.order_key
from order_versions v
join rekeyed r on r.event_id = v.event_id
anti join dirty_orders d on d.shop_id = v.shop_id and d.order_key = v.order_key;

update order_versions set session_key = r.session_key
from rekeyed r
where order_versions.event_id = r.event_id;

insert into session_parts by name
select
    gid,
    any_value(shop_id) as shop_id,
    any_value(node) as node,
    case when count(distinct visitor_id) = 1 then any_value(visitor_id) else '' end as visitor_id,
    any_value(part) as part,
    any_value(group_hash) as group_hash,
    run,
    any_value(session_key) as session_key,
    max(device_id) as device_id,
    min(ts) as started_at,
    max(ts) as ended_at,
    count(*) as events,
    count(*) filter (where event = 'page_view') as page_views,
    count(*) filter (where event = 'view_item') as item_views,
    count(*) filter (where event = 'add_to_cart') as cart_adds,
    count(*) filter (where event = 'search') as searches,
    bool_or(bot) as bot,
    arg_min(
        {
            'at_ts': ts, 'url': page_url, 'referrer_host': referrer_host, 'channel': channel,
            'utm_source': utm_source, 'utm_medium': utm_medium, 'utm_campaign': utm_campaign,
            'browser': browser, 'os': os, 'device_type': device_type
        },
        {'no_page': page_url is null, 'ts': ts, 'request_id': request_id, 'seq': seq}
    ) as landing
from retold
group by gid, run;
