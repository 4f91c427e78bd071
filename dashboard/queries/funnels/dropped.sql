-- title: Who dropped out
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint, code varchar, page_size bigint, page_offset bigint
-- gives: session_key varchar, visitor_id varchar, began timestamp, ended timestamp, device_type varchar, channel varchar, last_event varchar, last_page varchar, reached_seconds double
-- seconds: 15
-- define: Sessions (or visitors, by the session of their first step of the period) that reached the chosen step (the first unless one is chosen) and not the next, those that ended last on top: when that session began and ended, its last event and last page, and the time from a first step to the chosen one. Who took the first step outside any session is not listed.
with reached as (
    -- include: funnels/reached
),
chosen as (
    select least(greatest(coalesce(try_cast($code::varchar as integer), 1), 1), len($steps) - 1) as step
),
dropped as (
    select
        r.session_key,
        case c.step
            when 2 then r.took_2
            when 3 then r.took_3
            when 4 then r.took_4
            when 5 then r.took_5
            else null
        end as took
    from reached r
    cross join chosen c
    where case c.step
            when 1 then true
            when 2 then r.took_2 is not null
            when 3 then r.took_3 is not null
            when 4 then r.took_4 is not null
            else r.took_5 is not null
        end
      and case c.step
            when 1 then r.took_2 is null
            when 2 then r.took_3 is null
            when 3 then r.took_4 is null
            when 4 then r.took_5 is null
            else r.took_6 is null
        end
),
listed as (
    select
        s.session_key,
        s.visitor_id,
        s.started_at,
        s.ended_at,
        s.device_type,
        s.channel,
        d.took
    from dropped d
    join sessions s on s.session_key = d.session_key
    where s.shop_id = $shop
      and s.ended_at >= $start
      and s.started_at < $until
      and not s.bot
    order by s.ended_at desc, s.session_key, s.visitor_id
    limit $page_size
    offset $page_offset
),
seen as (
    select
        l.session_key,
        l.visitor_id,
        arg_max(
            case when e.event = 'custom' then coalesce(e.custom_name, e.event) else e.event end,
            (e.ts, e.request_id, e.seq)
        ) as last_event,
        arg_max(e.page_url, (e.ts, e.request_id, e.seq)) as last_page
    from events e
    join listed l on l.session_key = e.session_key and l.visitor_id = e.visitor_id
    where e.shop_id = $shop
      and e.ts >= (select min(started_at) from listed)
      and e.ts <= (select max(ended_at) from listed)
    group by l.session_key, l.visitor_id
)
select
    l.session_key as session_key,
    l.visitor_id as visitor_id,
    l.started_at as began,
    l.ended_at as ended,
    l.device_type as device_type,
    l.channel as channel,
    s.last_event as last_event,
    s.last_page as last_page,
    l.took / 1000.0::double as reached_seconds
from listed l
left join seen s on s.session_key = l.session_key and s.visitor_id = l.visitor_id
order by l.ended_at desc, l.session_key, l.visitor_id
