-- title: Reasons and notes
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], tab varchar
-- gives: code varchar, vendor varchar, events bigint, share double, last_seen timestamp, page_url varchar, request_id uuid
-- define: Every code given in the period to events of this verdict, by the protocol they came in, with how many had it, their share of all events of the verdict, and the last one as a sample. An event may have several. What only the history can tell is counted by the questions beside this one.
with judged as not materialized (
    select
        vendor,
        request_id,
        received_at,
        page_url,
        notes as codes
    from events
    where $tab = 'notes'
      and shop_id = $shop
      and received_at >= $start
      and received_at < $until
      and len(notes) > 0
    union all
    select
        vendor,
        request_id,
        received_at,
        page_url,
        codes
    from refused
    where outcome = $tab
      and received_at >= $start
      and received_at < $until
      and (shop_id = $shop or (outcome = 'rejected' and not list_contains($shops::varchar[], shop_id)))
),
base as (
    select sum(events) as events
    from (
        select count(*) as events
        from events
        where $tab = 'notes'
          and shop_id = $shop
          and received_at >= $start
          and received_at < $until
        union all
        select count(*) as events
        from judged
        where $tab <> 'notes'
    ) as counted
),
-- Few sets of codes stand for millions of events; the samples are looked up by their moment.
grouped as materialized (
    select
        codes,
        vendor,
        count(*) as events,
        max(received_at) as last_at,
        max(case when page_url is null then null else received_at end) as paged_at
    from judged
    group by codes, vendor
),
coded as materialized (
    select code, vendor, sum(events)::bigint as events, max(last_at) as last_at, max(paged_at) as paged_at
    from (
        select unnest(codes) as code, vendor, events, last_at, paged_at
        from grouped
    ) each
    where $tab <> 'notes'
       or code not in ('device_new', 'sid_stale', 'spa_flag_missing')
    group by code, vendor
),
samples as (
    select
        code,
        vendor,
        arg_max(page_url, (received_at, request_id)) as page_url,
        arg_max(request_id, (received_at, request_id)) as request_id
    from (
        select unnest(codes) as code, vendor, page_url, received_at, request_id
        from judged
        where received_at in (select last_at from coded union select paged_at from coded)
    ) late
    group by code, vendor
)
select
    c.code,
    c.vendor,
    c.events,
    (c.events / nullif(base.events, 0))::double as share,
    c.last_at as last_seen,
    s.page_url,
    s.request_id
from coded c
join samples s
  on s.code = c.code
 and s.vendor is not distinct from c.vendor
cross join base
order by c.events desc, c.code, c.vendor
