-- title: What visitors did with each tool
-- takes: shop varchar, start timestamp, until timestamp, tab varchar, tool varchar, code varchar
-- gives: recommended_by varchar, recommended_code varchar, impressions bigint, clicked_impressions bigint, clicks bigint, adds bigint, clicks_with_add bigint, clickers bigint
-- define: Viewable impressions (null where none are sent), clicks, adds that name the tool, clicks whose item the visitor put into the cart later in the session and within 24 hours, and visitors with a click.
with counted as (
    select
        recommended_by,
        recommended_code,
        sum(clicks)::bigint as clicks,
        sum(adds)::bigint as adds,
        sum(clicks_with_add)::bigint as clicks_with_add,
        count(*) filter (where clicks > 0) as clickers
    from (
        -- include: recommendations/acting
    ) acting
    group by recommended_by, recommended_code
),
shown as (
    select
        recommended_by,
        recommended_code,
        count(distinct event_id) as impressions,
        count(distinct event_id) filter (where clicked_at < $until) as clicked_impressions
    from (
        select
            recommended_by,
            case when $tab = 'codes' then block else '' end as recommended_code,
            event_id,
            clicked_at
        from (
            -- include: recommendations/shown
        ) impressions
        where ($tool::varchar is null or recommended_by = $tool)
          and ($code::varchar is null or block = $code)
    ) seen
    group by recommended_by, recommended_code
),
-- A tool that was shown and not used has a row too.
named as (
    select recommended_by, recommended_code from counted
    union
    select recommended_by, recommended_code from shown
)
select
    k.recommended_by,
    k.recommended_code,
    s.impressions,
    s.clicked_impressions,
    coalesce(n.clicks, 0) as clicks,
    coalesce(n.adds, 0) as adds,
    coalesce(n.clicks_with_add, 0) as clicks_with_add,
    coalesce(n.clickers, 0) as clickers
from named k
left join counted n
  on n.recommended_by = k.recommended_by
 and n.recommended_code = k.recommended_code
left join shown s
  on s.recommended_by = k.recommended_by
 and s.recommended_code = k.recommended_code
