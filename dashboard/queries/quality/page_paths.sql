-- title: Addresses that change without a new page
-- takes: shop varchar, start timestamp, until timestamp, tab varchar
-- gives: code varchar, found bigint, last_seen timestamp, page_url varchar, request_id uuid
-- define: Page views of the last seven days of the period that sent events from several page paths; what follows ? or # in an address is no part of its path. Robots are included; the sample is the newest event from a path that was not the page view's first.
with recent as (
    select
        page_view_id,
        page_url,
        ts,
        request_id,
        seq
    from events
    where $tab = 'notes'
      and shop_id = $shop
      and ts >= greatest($start::timestamp, $until::timestamp - interval 7 day)
      and ts < $until
      and page_view_id is not null
      and page_url is not null
),
moving as (
    select page_view_id
    from recent
    group by page_view_id
    having min(page_url) <> max(page_url)
),
placed as (
    select
        recent.*,
        regexp_extract(recent.page_url, '^[^?#]*') as path,
        first_value(regexp_extract(recent.page_url, '^[^?#]*')) over (
            partition by recent.page_view_id order by recent.ts, recent.request_id, recent.seq
            rows between unbounded preceding and current row
        ) as first_path
    from recent
    join moving on moving.page_view_id = recent.page_view_id
)
select
    'spa_flag_missing' as code,
    count(distinct page_view_id) as found,
    max(ts) as last_seen,
    arg_max(page_url, (ts, request_id, seq)) as page_url,
    arg_max(request_id, (ts, request_id, seq)) as request_id
from placed
where path <> first_path
having count(*) > 0
