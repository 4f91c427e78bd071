-- title: Terms
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, tab varchar, find varchar
-- gives: term varchar, searches bigint, sessions bigint, zero_results bigint, zero_share double, no_click bigint, no_click_rate double, refined bigint, refined_rate double, ordering_sessions bigint, orders bigint, revenue decimal(38, 4), found bigint
-- shares: search/by_term
-- define: The first 500 terms: most searched (top), most often without a result (zero), most often without a click (no_click), earning most (earning), or searched at least as often as the average term and credited with no order (unearning). Searches without a result are unknown where no search of the term told; rates without a session are, too.
with by_term as (
    -- include: search/by_term
),
chosen as (
    select
        *,
        case $tab
            when 'zero' then zero_results
            when 'no_click' then no_click
            when 'earning' then revenue
            else searches
        end as weight,
        avg(searches) filter (where searches > 0) over () as usual
    from by_term
)
select
    term,
    searches,
    sessions,
    case when told = 0 then null else zero_results end as zero_results,
    zero_results::double / nullif(told, 0) as zero_share,
    case when followable = 0 then null else no_click end as no_click,
    no_click::double / nullif(followable, 0) as no_click_rate,
    case when followable = 0 then null else refined end as refined,
    refined::double / nullif(followable, 0) as refined_rate,
    ordering_sessions,
    orders,
    revenue,
    count(*) over () as found
from chosen
where ($find::varchar is null or contains(term, lower(trim($find::varchar))))
  and case $tab
          when 'zero' then zero_results > 0
          when 'no_click' then no_click > 0
          when 'earning' then orders > 0
          when 'unearning' then searches >= usual and orders = 0
          else true
      end
order by weight desc, searches desc, term
limit 500
