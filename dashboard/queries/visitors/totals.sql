-- title: Who came
-- takes: shop varchar, start timestamp, until timestamp
-- gives: visitors bigint, identified bigint, devices bigint, several bigint, shared bigint
-- define: Visitors with a session that began in the period, bots left out. Identified: an e-mail, phone, customer id or the like of theirs is known at all. Devices: browsers, apps and servers' callers that these sessions came from. Several: visitors with more than one of them in the period. Shared: devices that changed their owner in the period.
with seen as (
    select visitor_id, count(distinct node_hash) as nodes
    from sessions
    where shop_id = $shop
      and started_at >= $start
      and started_at < $until
      and not bot
    group by visitor_id
)
select
    count(*) as visitors,
    count(*) filter (
        where visitor_id in (select visitor_id from visitor_ids where shop_id = $shop)
    ) as identified,
    coalesce(sum(nodes), 0)::bigint as devices,
    count(*) filter (where nodes > 1) as several,
    (
        select count(distinct node_hash)
        from visitor_nodes
        where shop_id = $shop
          and since >= $start
          and since < $until
    ) as shared
from seen
