-- title: Who came
-- takes: shop varchar, start timestamp, until timestamp
-- gives: visitors bigint, identified bigint, devices bigint, several bigint, shared bigint
-- shares: visitors/seen
-- define: Visitors with a session that began in the period, bots left out. Identified: an e-mail, phone, customer id or the like of theirs is known at all. Devices: browsers, apps and servers' callers that these sessions came from. Several: visitors with more than one of them in the period. Shared: devices that changed their owner in the period.
with seen as (
    -- include: visitors/seen
),
several as (
    select visitor_id
    from seen
    where node <> other
),
pairs as (
    select distinct visitor_id, node_hash
    from sessions
    where shop_id = $shop
      and started_at >= $start
      and started_at < $until
      and not bot
      and node_hash is not null
      and visitor_id in (select visitor_id from several)
)
select
    count(*) as visitors,
    count(*) filter (
        where visitor_id in (select visitor_id from visitor_ids where shop_id = $shop)
    ) as identified,
    (count(*) filter (where node = other) + (select count(*) from pairs))::bigint as devices,
    count(*) filter (where node <> other) as several,
    (
        select count(distinct node_hash)
        from visitor_nodes
        where shop_id = $shop
          and since >= $start
          and since < $until
    ) as shared
from seen
