-- title: Visitors of the period
-- takes: shop varchar, start timestamp, until timestamp, prev_start timestamp, prev_until timestamp
-- gives: visitors bigint, prev_visitors bigint
-- define: Visitors with a session that began in the period, and in the one it is compared with; a visitor is all devices joined by identification, and bots are none.
with this as (
    select count(distinct visitor_id) as visitors
    from sessions
    where shop_id = $shop
      and not bot
      and started_at >= $start
      and started_at < $until
),
past as (
    select count(distinct visitor_id) as visitors
    from sessions
    where shop_id = $shop
      and not bot
      and started_at >= $prev_start
      and started_at < $prev_until
)
select
    this.visitors as visitors,
    case when $prev_start::timestamp is null then null else past.visitors end as prev_visitors
from this
cross join past
