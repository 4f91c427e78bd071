-- $start and $until are the period of the page, $zone is the clock of the shop
select
    date_trunc('day', placed_at at time zone 'UTC' at time zone $zone)::date as day,
    count(*) as orders,
    sum(revenue) as revenue
from orders
where placed_at >= $start and placed_at < $until and not cancelled and not bot
group by all
order by day
