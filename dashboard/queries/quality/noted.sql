-- title: Accepted events by their notes, to be added up
-- takes: shop varchar, start timestamp, until timestamp
-- gives: notes varchar[], vendor varchar, events bigint, last_at timestamp, last_request uuid, paged_at timestamp, paged_request uuid, paged_seq integer, page_url varchar
-- define: A row a set of notes and the protocol they came in, of the events received in the period: how many there are, when the newest was received and in which request, and the same of the newest that tells its page. Events without a note are one row without notes. An event belongs to the day on which it was received, so that days add up to a period.
-- settles: day
-- rows: 1000000
with noted as not materialized (
    select notes, vendor, received_at, request_id, seq, page_url
    from events
    where shop_id = $shop
      and received_at >= $start
      and received_at < $until
      and len(notes) > 0
),
-- Few sets of notes stand for millions of events; the samples are looked up by their moment.
grouped as materialized (
    select
        notes,
        vendor,
        count(*) as events,
        max(received_at) as last_at,
        max(case when page_url is null then null else received_at end) as paged_at
    from noted
    group by notes, vendor
),
samples as (
    select
        notes,
        vendor,
        arg_max(request_id, (received_at, request_id)) as last_request,
        arg_max(case when page_url is null then null else request_id end, (received_at, request_id, seq)) as paged_request,
        arg_max(case when page_url is null then null else seq end, (received_at, request_id, seq)) as paged_seq,
        arg_max(page_url, (received_at, request_id, seq)) as page_url
    from noted
    where received_at in (select last_at from grouped union select paged_at from grouped)
    group by notes, vendor
)
select
    g.notes,
    g.vendor,
    g.events,
    g.last_at,
    s.last_request,
    g.paged_at,
    s.paged_request,
    s.paged_seq,
    s.page_url
from grouped g
join samples s
  on s.notes = g.notes
 and s.vendor = g.vendor
union all
select null, null, count(*), null, null, null, null, null, null
from events
where shop_id = $shop
  and received_at >= $start
  and received_at < $until
  and coalesce(len(notes), 0) = 0
having count(*) > 0
