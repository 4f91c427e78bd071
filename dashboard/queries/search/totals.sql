-- title: Search in numbers
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: searches bigint, terms bigint, told bigint, zero_results bigint, zero_share double, followable bigint, no_click bigint, no_click_rate double, refined bigint, refined_rate double, revenue decimal(38, 4)
-- shares: search/by_term
-- define: Sums over all terms of the period. The share without results is of searches whose result was told; the rates without a click and refined are of searches in a known session. Revenue is that of order lines credited to full_search and instant_search, in the shop's currency.
with by_term as (
    -- include: search/by_term
)
select
    coalesce(sum(searches), 0)::bigint as searches,
    count(*) filter (where searches > 0) as terms,
    coalesce(sum(told), 0)::bigint as told,
    coalesce(sum(zero_results), 0)::bigint as zero_results,
    sum(zero_results)::double / nullif(sum(told), 0)::double as zero_share,
    coalesce(sum(followable), 0)::bigint as followable,
    coalesce(sum(no_click), 0)::bigint as no_click,
    sum(no_click)::double / nullif(sum(followable), 0)::double as no_click_rate,
    coalesce(sum(refined), 0)::bigint as refined,
    sum(refined)::double / nullif(sum(followable), 0)::double as refined_rate,
    coalesce(sum(revenue), 0)::decimal(38, 4) as revenue
from by_term
