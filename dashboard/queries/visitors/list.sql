-- title: Visitors
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, find varchar, page_size bigint, page_offset bigint
-- gives: visitor_id varchar, known_as varchar, identifiers bigint, devices bigint, sessions bigint, first_at timestamp, last_at timestamp, orders bigint, revenue decimal(38, 4), found bigint
-- shares: visitors/seen
-- define: Visitors with a session that began in the period, bots left out, the latest first. Known as: their e-mail, else phone, else customer id. Sessions and devices are those of the period, orders and revenue (in the shop's currency) those placed in it. A search looks for a visitor, a device, or an identifier, whole.
with wanted as (
    select visitor_id from visitor_nodes where shop_id = $shop and node = $find
    union
    select visitor_id from visitor_ids where shop_id = $shop and value = $find
    union
    select $find::varchar as visitor_id
),
seen as (
    select visitor_id, last_at
    from (
        -- include: visitors/seen
    ) every
    where $find::varchar is null
       or visitor_id in (select visitor_id from wanted)
),
latest as (
    select *, (select count(*) from seen) as found
    from seen
    order by last_at desc, visitor_id
    limit $page_size
    offset $page_offset
),
shown as (
    select
        l.visitor_id,
        l.last_at,
        l.found,
        count(*) as sessions,
        count(distinct s.node_hash) as devices,
        min(s.started_at) as first_at
    from latest l
    join sessions s
      on s.shop_id = $shop
     and s.visitor_id = l.visitor_id
     and s.started_at >= $start
     and s.started_at < $until
     and not s.bot
    group by l.visitor_id, l.last_at, l.found
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
