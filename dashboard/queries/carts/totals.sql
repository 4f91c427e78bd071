-- title: Carts in numbers
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint
-- gives: carts bigint, ordered bigint, open bigint, emptied bigint, abandoned bigint, abandonment double, valued bigint, worth decimal(38, 4), average decimal(18, 4), came_back bigint, came_back_share double
-- shares: carts/left
-- define: Sessions with a cart, begun in the period, by what became of it; ordered, open, emptied and abandoned sum to them. Abandonment is abandoned divided by all that are not open. The value is quantity times last known price over what the abandoned ones left; one with a product of unknown price has no value and is not among the valued. Came_back are abandoned ones whose visitor ordered later.
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
    count(*) as carts,
    count(*) filter (where state = 'ordered') as ordered,
    count(*) filter (where state = 'open') as open,
    count(*) filter (where state = 'emptied') as emptied,
    count(*) filter (where state = 'abandoned') as abandoned,
    count(*) filter (where state = 'abandoned')::double
        / nullif(count(*) filter (where state <> 'open'), 0)::double as abandonment,
    count(worth) filter (where state = 'abandoned') as valued,
    (sum(worth) filter (where state = 'abandoned'))::decimal(38, 4) as worth,
    ((sum(worth) filter (where state = 'abandoned'))::decimal(38, 4)
        / nullif(count(worth) filter (where state = 'abandoned'), 0))::decimal(18, 4) as average,
    count(*) filter (where state = 'abandoned' and came_back) as came_back,
    count(*) filter (where state = 'abandoned' and came_back)::double
        / nullif(count(*) filter (where state = 'abandoned'), 0)::double as came_back_share
from by_session
