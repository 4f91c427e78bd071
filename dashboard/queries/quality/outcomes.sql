-- title: Verdicts of the period
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], quiet varchar[]
-- gives: accepted bigint, noted bigint, told bigint, quarantined bigint, rejected bigint, ignored bigint, duplicate bigint
-- define: Events received in the period by verdict. Accepted events count; noted ones carry a note that a developer should look at, told ones nothing but notes that need no action. The others are kept and explained, and do not count. Rejected requests that name no shop of this server are shown for every shop.
with counted as (
    select count(*) as events
    from events
    where shop_id = $shop
      and received_at >= $start
      and received_at < $until
),
-- Most events have no notes, and lists are slow to group.
grouped as (
    select
        notes,
        count(*) as events
    from events
    where shop_id = $shop
      and received_at >= $start
      and received_at < $until
      and len(notes) > 0
    group by notes
),
weighed as (
    select
        events,
        len(list_filter(notes, lambda note: not list_contains($quiet::varchar[], split_part(note, ':', 1)))) as loud
    from grouped
),
stored as (
    select
        any_value(c.events) as accepted,
        coalesce(sum(w.events) filter (where w.loud > 0), 0)::bigint as noted,
        coalesce(sum(w.events) filter (where w.loud = 0), 0)::bigint as told
    from counted c
    left join weighed w
      on true
),
kept as (
    select
        count(*) filter (where outcome = 'quarantined') as quarantined,
        count(*) filter (where outcome = 'rejected') as rejected,
        count(*) filter (where outcome = 'ignored') as ignored,
        count(*) filter (where outcome = 'duplicate') as duplicate
    from refused
    where received_at >= $start
      and received_at < $until
      and (shop_id = $shop or (outcome = 'rejected' and not list_contains($shops::varchar[], shop_id)))
)
select
    accepted,
    noted,
    told,
    quarantined,
    rejected,
    ignored,
    duplicate
from stored
cross join kept
