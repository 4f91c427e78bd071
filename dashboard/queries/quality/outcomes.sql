-- title: Verdicts of the period
-- takes: shop varchar, start timestamp, until timestamp, shops varchar[]
-- gives: accepted bigint, noted bigint, quarantined bigint, rejected bigint, ignored bigint, duplicate bigint
-- define: Events received in the period by verdict. Accepted events count, some with notes; the others are kept and explained, and do not count. Rejected requests that name no shop of this server are shown for every shop.
with stored as (
    select
        count(*) as accepted,
        count(*) filter (where len(notes) > 0) as noted
    from events
    where shop_id = $shop
      and received_at >= $start
      and received_at < $until
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
    quarantined,
    rejected,
    ignored,
    duplicate
from stored
cross join kept
