-- title: The visitor
-- takes: shop varchar, currency varchar, id varchar
-- gives: first_at timestamp, last_at timestamp, sessions bigint, devices bigint, page_views bigint, orders bigint, revenue decimal(38, 4), other_orders bigint, bot boolean
-- define: Everything that is known of the visitor, whatever the period: sessions, devices, and orders with their revenue in the shop's currency; orders in other currencies are counted apart.
with own as (
    select *
    from sessions
    where shop_id = $shop
      and visitor_id = $id
),
bought as (
    select *
    from orders
    where shop_id = $shop
      and visitor_id = $id
)
select
    min(started_at) as first_at,
    max(ended_at) as last_at,
    count(*) as sessions,
    count(distinct node) as devices,
    coalesce(sum(page_views), 0)::bigint as page_views,
    (select count(*) from bought) as orders,
    (
        select coalesce(sum(revenue), 0)::decimal(38, 4)
        from bought
        where coalesce(currency, $currency) = $currency
    ) as revenue,
    (select count(*) from bought where coalesce(currency, $currency) <> $currency) as other_orders,
    coalesce(bool_or(bot), false) as bot
from own
having count(*) > 0
