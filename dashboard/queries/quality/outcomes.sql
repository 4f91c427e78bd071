-- title: Verdicts of the period
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[], quiet varchar[]
-- gives: accepted bigint, noted bigint, told bigint, quarantined bigint, rejected bigint, ignored bigint, duplicate bigint
-- define: Events received in the period by verdict. Accepted events count; noted ones carry a note that a developer should look at, told ones nothing but notes that need no action. The others are kept and explained, and do not count. Rejected requests that name no shop of this server are shown for every shop, to who may see all shops.
with noted as (
    select
        events,
        len(list_filter(notes, lambda note: not list_contains($quiet::varchar[], split_part(note, ':', 1)))) as loud
    from (
        -- include: quality/noted
    ) noted
),
stored as (
    select
        coalesce(sum(events), 0)::bigint as accepted,
        coalesce(sum(events) filter (where loud > 0), 0)::bigint as noted,
        coalesce(sum(events) filter (where loud = 0), 0)::bigint as told
    from noted
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
