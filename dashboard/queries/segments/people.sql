-- title: Visitors of the segment
-- takes: shop varchar, currency varchar, now timestamp, page_size bigint, page_offset bigint
-- gives: visitor_id varchar, user_ids varchar[], emails varchar[], phones varchar[], first_at timestamp, last_at timestamp, sessions bigint, orders bigint, revenue decimal(38, 4), found bigint
-- define: Visitors of the chosen segment, or all of them, those seen last first: what identifies them, first and last session or order, sessions, orders, and booked revenue in the shop's currency, of all time. Bots are left out.
with visits as (
    select
        visitor_id,
        count(*) as sessions,
        min(started_at) as first_at,
        max(started_at) as last_at
    from sessions
    where shop_id = $shop
      and started_at < $now
      and not bot
    group by visitor_id
),
bought as (
    select
        visitor_id,
        count(*) as orders,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue,
        min(placed_at) as first_at,
        max(placed_at) as last_at
    from orders
    where shop_id = $shop
      and placed_at < $now
      and not bot
      and visitor_id is not null
    group by visitor_id
),
everyone as (
    select
        coalesce(v.visitor_id, b.visitor_id) as visitor_id,
        least(coalesce(v.first_at, b.first_at), coalesce(b.first_at, v.first_at)) as first_at,
        greatest(coalesce(v.last_at, b.last_at), coalesce(b.last_at, v.last_at)) as last_at,
        coalesce(v.sessions, 0) as sessions,
        coalesce(b.orders, 0) as orders,
        coalesce(b.revenue, 0) as revenue,
        count(*) over () as found
    from visits v
    full join bought b
      on b.visitor_id = v.visitor_id
),
chosen as materialized (
    select *
    from everyone
    order by last_at desc, visitor_id
    limit $page_size
    offset $page_offset
),
told as (
    select
        visitor_id,
        list_sort(list(distinct user_id) filter (where user_id is not null)) as user_ids,
        list_sort(list(distinct email) filter (where email is not null)) as emails,
        list_sort(list(distinct phone) filter (where phone is not null)) as phones
    from events
    where shop_id = $shop
      and (user_id is not null or email is not null or phone is not null)
      and visitor_id in (select visitor_id from chosen)
    group by visitor_id
)
select
    c.visitor_id,
    coalesce(t.user_ids, []) as user_ids,
    coalesce(t.emails, []) as emails,
    coalesce(t.phones, []) as phones,
    c.first_at,
    c.last_at,
    c.sessions,
    c.orders,
    cast(c.revenue as decimal(38, 4)) as revenue,
    c.found
from chosen c
left join told t
  on t.visitor_id = c.visitor_id
order by c.last_at desc, c.visitor_id
