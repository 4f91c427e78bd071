-- The changed sessions, put in the place of their former rows. What was appended adds up with the
-- former row; what was told again replaces it. A session of rows with several visitors has none until
-- identity gives it one.
create or replace temp table session_rows as
with orders_of_sessions as (
    select v.shop_id, v.node, v.session_key, count(distinct v.order_key) as purchases
    from order_versions v
    semi join session_parts p
      on p.session_key = v.session_key and p.node = v.node and p.shop_id = v.shop_id
    where v.event = 'purchase'
    group by v.shop_id, v.node, v.session_key
)
select
    p.shop_id,
    p.session_key,
    p.node,
    md5_number_lower(p.shop_id || chr(31) || p.node)::ubigint as node_hash,
    case when coalesce(l.visitor_id, p.visitor_id) = p.visitor_id then p.visitor_id else '' end as visitor_id,
    coalesce(l.device_id, p.device_id) as device_id,
    nullif(p.part, '') as session_id,
    least(l.started_at, p.started_at) as started_at,
    greatest(l.ended_at, p.ended_at) as ended_at,
    coalesce(l.events, 0) + p.events as events,
    coalesce(l.page_views, 0) + p.page_views as page_views,
    coalesce(l.item_views, 0) + p.item_views as item_views,
    coalesce(l.cart_adds, 0) + p.cart_adds as cart_adds,
    coalesce(l.searches, 0) + p.searches as searches,
    coalesce(o.purchases, 0) as purchases,
    coalesce(l.bot, false) or p.bot as bot,
    p.run,
    p.group_hash,
    case
        when l.run is null or (l.landing_url is null and p.landing.url is not null) then p.landing
        else {
            'at_ts': l.landing_at, 'url': l.landing_url, 'referrer_host': l.referrer_host, 'channel': l.channel,
            'utm_source': l.utm_source, 'utm_medium': l.utm_medium, 'utm_campaign': l.utm_campaign,
            'browser': l.browser, 'os': l.os, 'device_type': l.device_type
        }
    end as landing
from session_parts p
left join last_runs l on l.gid = p.gid and l.run = p.run and not l.is_late
left join orders_of_sessions o
  on o.shop_id = p.shop_id and o.node = p.node and o.session_key = p.session_key;

delete from sessions
where rowid in (
    select s.rid
    from stored_runs s
    join session_parts p on p.gid = s.gid and p.run = s.run
);

insert into sessions by name
select
    * exclude (landing),
    landing.at_ts as landing_at,
    landing.url as landing_url,
    landing.referrer_host as referrer_host,
    landing.channel as channel,
    landing.utm_source as utm_source,
    landing.utm_medium as utm_medium,
    landing.utm_campaign as utm_campaign,
    landing.browser as browser,
    landing.os as os,
    landing.device_type as device_type
from session_rows;
