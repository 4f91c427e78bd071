-- What the batch adds to each session. The landing is the first event with a page, else the first.
create or replace temp table session_parts as
with parts as (
    select
        s.gid,
        s.run,
        any_value(s.session_key) as session_key,
        max(a.device_id) as device_id,
        any_value(a.visitor_id) as visitor_id,
        min(a.ts) as started_at,
        max(a.ts) as ended_at,
        count(*) as events,
        count(*) filter (where a.event = 'page_view') as page_views,
        count(*) filter (where a.event = 'view_item') as item_views,
        count(*) filter (where a.event = 'add_to_cart') as cart_adds,
        count(*) filter (where a.event = 'search') as searches,
        bool_or(a.bot) as bot,
        arg_min(s.n, s.nth + case when a.page_url is null then 1000000000 else 0 end) as landing_n
    from assigned s
    join arrived a on a.rowid = s.n
    group by s.gid, s.run
)
select
    g.shop_id,
    g.node,
    g.part,
    g.group_hash,
    p.* exclude (landing_n),
    {
        'at_ts': a.ts, 'url': a.page_url, 'referrer_host': w.referrer_host, 'channel': w.channel,
        'utm_source': w.utm_source, 'utm_medium': w.utm_medium, 'utm_campaign': w.utm_campaign,
        'browser': a.browser, 'os': a.os, 'device_type': a.device_type
    } as landing
from parts p
join groups g on g.gid = p.gid
join arrived a on a.rowid = p.landing_n
left join arrivals w
  on w.page_key = coalesce(a.page_key, '') and w.referrer_key = coalesce(a.referrer_key, '');
