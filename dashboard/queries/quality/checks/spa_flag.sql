-- title: Addresses that change without a new page
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Page views of the script that sent events from several page paths, of all page views begun that day; what follows ? or # in an address is no part of its path. Robots are left out.
-- seconds: 10
with days as (
    -- include: quality/days
),
seen as (
    select
        hash(page_view_id) as view_hash,
        min(ts) as began,
        min(page_url) as least_url,
        max(page_url) as most_url,
        arg_max(request_id, (request_id, seq)) as request_id
    from events
    where shop_id = $shop
      and ts >= $checked_from
      and ts < $until
      and not bot
      and page_view_id is not null
      and page_url is not null
    group by hash(page_view_id)
),
judged as (
    select
        d.day as day,
        s.request_id,
        s.began,
        s.view_hash,
        s.least_url,
        s.most_url,
        s.least_url <> s.most_url
            and regexp_extract(s.least_url, '^[^?#]*') <> regexp_extract(s.most_url, '^[^?#]*') as moved
    from seen s
    join days d on d.slot = time_bucket(interval 15 minutes, s.began)
),
numbers as (
    select
        day,
        count(*) filter (where moved) as found,
        count(*) as base,
        arg_max(request_id::varchar, (began, view_hash), 5) filter (where moved) as ids,
        arg_max(most_url, (began, view_hash), 5) filter (where moved) as said
    from judged
    group by day
)
select
    d.day as day,
    n.found::double / nullif(n.base, 0) as value,
    coalesce(n.found, 0) as found,
    coalesce(n.base, 0) as base,
    null::varchar as about,
    coalesce(n.ids, []) as ids,
    coalesce(n.said, []) as said
from (select day from days group by day) d
left join numbers n on n.day = d.day
order by d.day
