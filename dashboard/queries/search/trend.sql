-- title: Searches step by step
-- takes: shop varchar, start timestamp, until timestamp, now timestamp, zone varchar, grain varchar
-- gives: step timestamp, searches bigint, zero_results bigint, no_click bigint
-- define: Searches by the local hour or day, those without a result and those without a click. Either is unknown in a step whose searches did not tell their result or have no session.
with steps as (
    -- include: parts/steps
),
slots as (
    select
        time_bucket(interval 15 minutes, ts) as slot,
        count(*) as searches,
        count(search_found) as told,
        count(*) filter (where not search_found) as zero_results,
        count(session_key) as followable,
        count(*) filter (where no_click) as no_click
    from (
        -- include: search/asked
    ) asked
    group by time_bucket(interval 15 minutes, ts)
)
select
    s.step,
    coalesce(sum(n.searches), 0)::bigint as searches,
    case
        when coalesce(sum(n.searches), 0) = 0 then 0
        when sum(n.told) = 0 then null
        else sum(n.zero_results)
    end::bigint as zero_results,
    case
        when coalesce(sum(n.searches), 0) = 0 then 0
        when sum(n.followable) = 0 then null
        else sum(n.no_click)
    end::bigint as no_click
from steps s
left join slots n
  on n.slot = s.slot
group by s.step
order by s.step
