-- title: What each visitor did with each tool
-- takes: shop varchar, start timestamp, until timestamp, tab varchar, tool varchar, code varchar
-- gives: recommended_by varchar, recommended_code varchar, person ubigint, clicks bigint, adds bigint, clicks_with_add bigint
-- define: Clicks, adds, and clicks with an add of every visitor (as a hash) in the period, of what the chips of the page leave; the code is empty where the page shows tools.
-- rows: 100000000
select
    recommended_by,
    recommended_code,
    person,
    sum(clicks)::bigint as clicks,
    sum(adds)::bigint as adds,
    sum(clicks_with_add)::bigint as clicks_with_add
from (
    select
        recommended_by,
        case when $tab = 'codes' then block else '' end as recommended_code,
        person,
        clicks,
        adds,
        clicks_with_add
    from (
        -- include: recommendations/acts
    ) acts
    where ($tool::varchar is null or recommended_by = $tool)
      and ($code::varchar is null or block = $code)
) done
group by recommended_by, recommended_code, person
