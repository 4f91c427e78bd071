-- title: Last step before leaving
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint
-- gives: last_step varchar, carts bigint, share double, valued bigint, worth decimal(38, 4)
-- shares: carts/left
-- define: Abandoned carts by the last thing that their session did of: a product view, a search, anything with the cart, checkout, delivery, payment. The value is unknown where no cart of the row has one.
with by_session as (
    select
        session_key,
        any_value(started_at) as started_at,
        any_value(state) as state,
        any_value(last_step) as last_step,
        any_value(came_back) as came_back,
        case when count(*) > count(price) then null else sum(quantity * price) end as worth
    from (
        -- include: carts/left
    ) left_ones
    group by session_key
)
select
    last_step,
    count(*) as carts,
    count(*)::double / sum(count(*)) over ()::double as share,
    count(worth) as valued,
    sum(worth)::decimal(38, 4) as worth
from by_session
where state = 'abandoned'
group by last_step
order by carts desc, last_step
