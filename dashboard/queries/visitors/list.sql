-- title: Visitors
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, find varchar, page_size bigint, page_offset bigint
-- gives: visitor_id varchar, known_as varchar, identifiers bigint, devices bigint, sessions bigint, first_at timestamp, last_at timestamp, orders bigint, revenue decimal(38, 4), found bigint
-- define: Visitors with a session that began in the period, bots left out, the latest first. Known as: their e-mail, else phone, else customer id. Sessions and devices are those of the period, orders and revenue (in the shop's currency) those placed in it. A search looks for a visitor, a device, or an identifier, whole.
with wanted as (
    select visitor_id from visitor_nodes where shop_id = $shop and node = $find
    union
    select visitor_id from visitor_ids where shop_id = $shop and value = $find
    union
    select $find::varchar as visitor_id
),
seen as (
    select
        visitor_id,
        count(*) as sessions,
        count(distinct node_hash) as devices,
        min(started_at) as first_at,
        max(ended_at) as last_at
    from sessions
    where shop_id = $shop
      and started_at >= $start
      and started_at < $until
      and not bot
      and ($find::varchar is null or visitor_id in (select visitor_id from wanted))
    group by visitor_id
),
shown as (
    select *, count(*) over () as found
    from seen
    order by last_at desc, visitor_id
    limit $page_size
    offset $page_offset
),
known as (
    select
        visitor_id,
        count(*) as identifiers,
        arg_min(value, (case kind when 'email' then 1 when 'phone' then 2 when 'user_id' then 3 else 4 end, kind, first_at, value)) as known_as
    from visitor_ids
    where shop_id = $shop
      and visitor_id in (select visitor_id from shown)
    group by visitor_id
),
bought as (
    select
        visitor_id,
        count(*) as orders,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and placed_at < $until
      and not bot
      and visitor_id in (select visitor_id from shown)
    group by visitor_id
)
select
    s.visitor_id,
    k.known_as,
    coalesce(k.identifiers, 0) as identifiers,
    s.devices,
    s.sessions,
    s.first_at,
    s.last_at,
    coalesce(b.orders, 0) as orders,
    coalesce(b.revenue, 0) as revenue,
    s.found
from shown s
left join known k
  on k.visitor_id = s.visitor_id
left join bought b
  on b.visitor_id = s.visitor_id
order by s.last_at desc, s.visitor_id
