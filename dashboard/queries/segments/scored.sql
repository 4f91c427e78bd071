-- title: Buyers with their steps
-- takes: shop varchar, currency varchar, method varchar, window_start timestamp, window_until timestamp
-- gives: visitor_id varchar, last_at timestamp, days bigint, orders bigint, valued bigint, revenue decimal(38, 4), r integer, f integer, m integer, name varchar
-- define: Visitors with an order in the window, without bots: whole days of 24 hours between their last order and the end of the window, their orders, and their booked revenue in the shop's currency. Equal steps: 2 % of the buyers are left out of account at both ends of each axis, the range of the others is cut into five equal parts, and who lies beyond it stands in the outermost. Quintiles: a fifth of the buyers each; equal values stand together, in the better step of recency and in the lower one of frequency and money. 5 is best.
with buyers as (
    select
        visitor_id,
        max(placed_at) as last_at,
        count(*) as orders,
        count(*) filter (where coalesce(currency, $currency) = $currency) as valued,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from orders
    where shop_id = $shop
      and not bot
      and visitor_id is not null
      and placed_at >= $window_start
      and placed_at < $window_until
    group by visitor_id
),
measured as (
    select
        *,
        cast(floor(date_diff('second', last_at, $window_until::timestamp) / 86400) as bigint) as days
    from buyers
    where valued > 0
),
-- Which of several equal values stands first does not matter: only values at a place are read.
placed as (
    select
        *,
        count(*) over () as n,
        row_number() over (order by days) as days_place,
        row_number() over (order by orders) as orders_place,
        row_number() over (order by revenue) as revenue_place,
        rank() over (order by days) - 1 as below_days,
        rank() over (order by orders) - 1 as below_orders,
        rank() over (order by revenue) - 1 as below_revenue
    from measured
),
ranges as (
    select
        min(days) filter (where days_place * 50 > n and (n + 1 - days_place) * 50 > n) as days_low,
        max(days) filter (where days_place * 50 > n and (n + 1 - days_place) * 50 > n) as days_high,
        min(orders) filter (where orders_place * 50 > n and (n + 1 - orders_place) * 50 > n) as orders_low,
        max(orders) filter (where orders_place * 50 > n and (n + 1 - orders_place) * 50 > n) as orders_high,
        min(revenue) filter (where revenue_place * 50 > n and (n + 1 - revenue_place) * 50 > n) as revenue_low,
        max(revenue) filter (where revenue_place * 50 > n and (n + 1 - revenue_place) * 50 > n) as revenue_high
    from placed
),
-- Of both methods: `over` parts of `whole`. A value has passed a fifth k of the way if it is beyond k/5 of the whole.
shares as (
    select
        p.*,
        $method = 'quintiles' as by_rank,
        case when $method = 'quintiles' then p.below_days else p.days - r.days_low end as days_over,
        case when $method = 'quintiles' then p.n else r.days_high - r.days_low end as days_whole,
        case when $method = 'quintiles' then p.below_orders else p.orders - r.orders_low end as orders_over,
        case when $method = 'quintiles' then p.n else r.orders_high - r.orders_low end as orders_whole,
        case when $method = 'quintiles' then p.below_revenue else p.revenue - r.revenue_low end as revenue_over,
        case when $method = 'quintiles' then p.n else r.revenue_high - r.revenue_low end as revenue_whole
    from placed p
    cross join ranges r
),
steps as (
    select
        *,
        5
        - cast(5 * days_over > days_whole or (by_rank and 5 * days_over = days_whole) as integer)
        - cast(5 * days_over > 2 * days_whole or (by_rank and 5 * days_over = 2 * days_whole) as integer)
        - cast(5 * days_over > 3 * days_whole or (by_rank and 5 * days_over = 3 * days_whole) as integer)
        - cast(5 * days_over > 4 * days_whole or (by_rank and 5 * days_over = 4 * days_whole) as integer) as r,
        1
        + cast(5 * orders_over > orders_whole or (by_rank and 5 * orders_over = orders_whole) as integer)
        + cast(5 * orders_over > 2 * orders_whole or (by_rank and 5 * orders_over = 2 * orders_whole) as integer)
        + cast(5 * orders_over > 3 * orders_whole or (by_rank and 5 * orders_over = 3 * orders_whole) as integer)
        + cast(5 * orders_over > 4 * orders_whole or (by_rank and 5 * orders_over = 4 * orders_whole) as integer) as f,
        1
        + cast(5 * revenue_over > revenue_whole or (by_rank and 5 * revenue_over = revenue_whole) as integer)
        + cast(5 * revenue_over > 2 * revenue_whole or (by_rank and 5 * revenue_over = 2 * revenue_whole) as integer)
        + cast(5 * revenue_over > 3 * revenue_whole or (by_rank and 5 * revenue_over = 3 * revenue_whole) as integer)
        + cast(5 * revenue_over > 4 * revenue_whole or (by_rank and 5 * revenue_over = 4 * revenue_whole) as integer) as m
    from shares
),
names as (
    -- include: segments/names
),
named as (
    select
        c.r,
        c.f,
        c.m,
        coalesce(arg_min(names.name, names.place), 'other') as name
    from (select distinct r, f, m from steps) c
    left join names
      on c.r between names.r_from and names.r_to
     and c.f between names.f_from and names.f_to
     and c.m between names.m_from and names.m_to
    group by c.r, c.f, c.m
)
select
    s.visitor_id,
    s.last_at,
    s.days,
    s.orders,
    s.valued,
    s.revenue,
    s.r,
    s.f,
    s.m,
    n.name
from steps s
join named n
  on n.r = s.r
 and n.f = s.f
 and n.m = s.m
