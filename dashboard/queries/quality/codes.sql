-- title: Reasons and notes
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], tab varchar
-- gives: code varchar, vendor varchar, events bigint, share double, last_seen timestamp, page_url varchar, request_id uuid
-- define: Every code given in the period to events of this verdict, by the protocol they came in, with how many had it, their share of all events of the verdict, and the last one as a sample. An event may have several. What only the history can tell is counted by the questions beside this one.
with judged as (
    select notes as codes, vendor, events, last_at, last_request, paged_at, paged_request, paged_seq, page_url
    from (
        -- include: quality/noted
    ) noted
    where $tab = 'notes'
    union all
    select codes, vendor, 1, received_at, request_id, received_at, request_id, seq, page_url
    from refused
    where outcome = $tab
      and received_at >= $start
      and received_at < $until
      and (shop_id = $shop or (outcome = 'rejected' and not list_contains($shops::varchar[], shop_id)))
),
base as (
    select sum(events) as events
    from judged
),
coded as (
    select
        code,
        vendor,
        sum(events)::bigint as events,
        max(last_at) as last_at,
        arg_max(last_request, (last_at, last_request)) as request_id,
        arg_max(page_url, (paged_at, paged_request, paged_seq)) as page_url
    from (
        select unnest(codes) as code, vendor, events, last_at, last_request, paged_at, paged_request, paged_seq, page_url
        from judged
    ) each
    where $tab <> 'notes'
       or code not in ('device_new', 'sid_stale', 'spa_flag_missing')
    group by code, vendor
)
select
    c.code,
    c.vendor,
    c.events,
    (c.events / nullif(base.events, 0))::double as share,
    c.last_at as last_seen,
    c.page_url,
    c.request_id
from coded c
cross join base
order by c.events desc, c.code, c.vendor
