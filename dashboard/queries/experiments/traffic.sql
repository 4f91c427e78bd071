-- title: Traffic that a test could use
-- takes: shop varchar, start timestamp, until timestamp, currency varchar
-- gives: visitors bigint, buyers bigint, revenue decimal(38, 4), squares double
-- define: Visitors with a session that began in the period, those of them with an order in it, and their booked revenue in the shop's currency; squares is the sum over visitors of the square of their revenue. Two arms of the same size find a lift of 4 times the root of CV² divided by the visitors of an arm, four times in five, at 5 % two-sided.
with people as (
    select distinct hash(visitor_id) as person
    from sessions
    where shop_id = $shop
      and not bot
      and started_at >= $start
      and started_at < $until
),
bought as (
    select
        hash(visitor_id) as person,
        sum(case when coalesce(currency, $currency) = $currency then revenue else 0 end) as revenue
    from orders
    where shop_id = $shop
      and not bot
      and visitor_id is not null
      and placed_at >= $start
      and placed_at < $until
    group by visitor_id
)
select
    count(*) as visitors,
    count(b.person) as buyers,
    coalesce(sum(b.revenue), 0)::decimal(38, 4) as revenue,
    coalesce(sum(b.revenue::double * b.revenue::double), 0)::double as squares
from people p
left join bought b
  on b.person = p.person
