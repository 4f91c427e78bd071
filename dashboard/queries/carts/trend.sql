-- title: Carts step by step
-- takes: shop varchar, currency varchar, start timestamp, until timestamp, now timestamp, gap_s bigint, zone varchar, grain varchar
-- gives: step timestamp, ordered bigint, emptied bigint, abandoned bigint, open bigint, valued bigint, worth decimal(38, 4)
-- shares: carts/left
-- define: Sessions with a cart by the local hour or day they began and what became of the cart; the value is that of the abandoned ones whose prices are known, unknown where none of the abandoned ones is.
with steps as (
    -- include: parts/steps
),
by_session as (
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
    s.step,
    count(*) filter (where b.state = 'ordered') as ordered,
    count(*) filter (where b.state = 'emptied') as emptied,
    count(*) filter (where b.state = 'abandoned') as abandoned,
    count(*) filter (where b.state = 'open') as open,
    count(b.worth) filter (where b.state = 'abandoned') as valued,
    case
        when count(*) filter (where b.state = 'abandoned') = 0 then 0
        else sum(b.worth) filter (where b.state = 'abandoned')
    end::decimal(38, 4) as worth
from steps s
left join by_session b
  on time_bucket(interval 15 minutes, b.started_at) = s.slot
group by s.step
order by s.step
