-- title: What each kind of page sends
-- takes: shop varchar, now timestamp
-- gives: template varchar, addresses bigint, page_views bigint, views bigint, lists bigint, searches bigint, carts bigint, purchases bigint, clicks bigint, others bigint, uncoded bigint, nameless bigint, first_seen timestamp, last_seen timestamp, example varchar, example_uncoded varchar, example_nameless varchar
-- define: Events of the last seven days by kind of page: parts of a path with a digit in them are one, and so are names below a folder that has more than 20 of them. Views, lists, searches, carts and purchases are events of that kind, clicks those of any kind that name a tool, uncoded those that name one without its code, nameless refused events without a product; of these the page is that of another event of the same request. Robots are left out.
-- rows: 200
with recent as (
    select
        page_url,
        request_id,
        event,
        recommended_by,
        notes,
        ts
    from events
    where shop_id = $shop
      and ts >= $now::timestamp - interval 7 day
      and ts < $now::timestamp
      and page_url is not null
      and not bot
),
lost as (
    select
        refused.request_id,
        refused.received_at,
        refused.page_url
    from refused
    where shop_id = $shop
      and received_at >= $now::timestamp - interval 7 day
      and received_at < $now::timestamp
      and outcome in ('quarantined', 'rejected')
      and (list_contains(codes, 'item_id_missing') or list_contains(codes, 'items_empty'))
),
beside as (
    select
        recent.request_id,
        min(recent.page_url) as page_url
    from recent
    join lost on lost.request_id = recent.request_id
    group by recent.request_id
),
told as (
    select
        page_url,
        event,
        case when recommended_by is null then 0 else 1 end as clicks,
        case when list_contains(notes, 'recommended_code_missing') then 1 else 0 end as uncoded,
        0 as nameless,
        ts
    from recent
    union all
    select
        coalesce(lost.page_url, beside.page_url) as page_url,
        'refused' as event,
        0 as clicks,
        0 as uncoded,
        1 as nameless,
        lost.received_at as ts
    from lost
    left join beside on beside.request_id = lost.request_id
),
addressed as (
    select
        page_url,
        count(*) filter (where event = 'page_view') as page_views,
        count(*) filter (where event = 'view_item') as views,
        count(*) filter (where event = 'view_item_list') as lists,
        count(*) filter (where event = 'search') as searches,
        count(*) filter (where event in ('add_to_cart', 'cart_update', 'remove_from_cart')) as carts,
        count(*) filter (where event = 'purchase') as purchases,
        sum(clicks) as clicks,
        count(*) filter (where event not in (
            'page_view', 'view_item', 'view_item_list', 'search', 'add_to_cart', 'cart_update', 'remove_from_cart',
            'purchase', 'session_start', 'identify', 'refused'
        )) as others,
        sum(uncoded) as uncoded,
        sum(nameless) as nameless,
        min(ts) as first_seen,
        max(ts) as last_seen
    from told
    where page_url is not null
    group by page_url
),
folded as (
    select
        addressed.*,
        regexp_replace(
            regexp_extract(page_url, '^[A-Za-z]+:[/][/][^/?#]*([^?#]*)', 1), '/[^/]*[0-9][^/]*', '/:id', 'g'
        ) as path
    from addressed
),
foldered as (
    select
        path,
        case when path in ('', '/') then path else regexp_extract(path, '^(.*)/[^/]+/?$', 1) end as folder
    from folded
    group by path
),
crowded as (
    select folder
    from foldered
    group by folder
    having count(*) > 20
),
named as (
    select
        foldered.path,
        case
            when foldered.path in ('', '/') then '/'
            when crowded.folder is not null and foldered.path not like '%/:id' then foldered.folder || '/:name'
            else foldered.path
        end as template
    from foldered
    left join crowded on crowded.folder = foldered.folder
)
select
    named.template,
    count(*) as addresses,
    sum(folded.page_views)::bigint as page_views,
    sum(folded.views)::bigint as views,
    sum(folded.lists)::bigint as lists,
    sum(folded.searches)::bigint as searches,
    sum(folded.carts)::bigint as carts,
    sum(folded.purchases)::bigint as purchases,
    sum(folded.clicks)::bigint as clicks,
    sum(folded.others)::bigint as others,
    sum(folded.uncoded)::bigint as uncoded,
    sum(folded.nameless)::bigint as nameless,
    min(folded.first_seen) as first_seen,
    max(folded.last_seen) as last_seen,
    arg_max(folded.page_url, (folded.last_seen, folded.page_url)) as example,
    arg_max(
        case when folded.uncoded > 0 then folded.page_url else null end,
        case when folded.uncoded > 0 then (folded.last_seen, folded.page_url) else null end
    ) as example_uncoded,
    arg_max(
        case when folded.nameless > 0 then folded.page_url else null end,
        case when folded.nameless > 0 then (folded.last_seen, folded.page_url) else null end
    ) as example_nameless
from folded
join named on named.path = folded.path
group by named.template
order by sum(folded.page_views) desc, named.template
limit 100
