-- The events of a batch, flat and typed; rowid names a row, (line, seq) is the order of arrival.
-- The node is decided here and nowhere else; until something identifies it, it is its own visitor.
-- An address is shortened to what enrichment reads of it: the origin, and what follows ? or #.
create or replace temp table arrived as
with unnested as (
    select
        rowid as line,
        request_id,
        received_at,
        shop_id,
        vendor,
        endpoint,
        coalesce(user_agent, '') as user_agent,
        unnest(events, max_depth := 2)
    from lines
)
select
    u.* exclude (
        user_agent, event_id, ts_source, seq, pointer, is_line, is_full, items, props,
        "value", tax, shipping, device_id, user_id, email, phone, session_id
    ),
    event_id::uuid as event_id,
    substr(event_id, 15, 1) = '5' as keyed,
    coalesce(ts_source, 'server') as ts_source,
    coalesce(seq, 0) as seq,
    nullif(pointer, '') as pointer,
    coalesce(is_line, false) as is_line,
    coalesce(is_full, false) as is_full,
    nullif(items::varchar, '[]') as items,
    nullif(props::varchar, '{}') as props,
    try_cast("value" as decimal(18, 4)) as "value",
    try_cast(tax as decimal(18, 4)) as tax,
    try_cast(shipping as decimal(18, 4)) as shipping,
    nullif(device_id, '') as device_id,
    nullif(user_id, '') as user_id,
    nullif(email, '') as email,
    nullif(phone, '') as phone,
    nullif(session_id, '') as session_id,
    coalesce(
        nullif(device_id, ''),
        'u:' || nullif(user_id, ''),
        'e:' || nullif(email, ''),
        'p:' || nullif(phone, '')
    ) as node,
    node as visitor_id,
    coalesce(g.bot, false) as bot,
    g.browser,
    g.os,
    g.device_type,
    case
        when page_url is null then null
        when contains(page_url, '=') then
            regexp_extract(page_url, '^\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#\\]*') || '/'
            || regexp_extract(page_url, '[?#].*$', 0, 's')
        else regexp_extract(page_url, '^\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#\\]*') || '/'
    end as page_key,
    case
        when referrer is null then null
        else regexp_extract(referrer, '^\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#\\]*') || '/'
    end as referrer_key
from unnested u
left join agents g on g.user_agent = u.user_agent;
