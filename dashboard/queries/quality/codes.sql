-- title: Reasons and notes
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], tab varchar
-- gives: code varchar, vendor varchar, events bigint, share double, last_seen timestamp, page_url varchar, request_id uuid
-- define: Every code given in the period to events of this verdict, by the protocol they came in, with how many had it, their share of all events of the verdict, and the last one as a sample. An event may have several. What only the history can tell is counted by the questions beside this one.
with judged as (
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
coded as (
    select
        unnest(codes) as code,
        vendor,
        request_id,
        received_at,
        page_url
    from judged
)
select
    code,
    vendor,
    count(*) as events,
    (count(*) / nullif(any_value(base.events), 0))::double as share,
    max(received_at) as last_seen,
    arg_max(page_url, (received_at, request_id)) as page_url,
    arg_max(request_id, (received_at, request_id)) as request_id
from coded
cross join base
where $tab <> 'notes'
   or code not in ('device_new', 'sid_stale', 'spa_flag_missing')
group by code, vendor
order by count(*) desc, code, vendor
