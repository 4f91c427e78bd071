-- title: Every term
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: term varchar, searches bigint, told bigint, zero_results bigint, followable bigint, no_click bigint, refined bigint, sessions bigint, ordering_sessions bigint, orders bigint, revenue decimal(38, 4)
-- define: Per term its searches, those whose result was told and those without any, those of a known session, without a click and refined, the sessions with it, those of them that ordered afterwards, and the orders and revenue credited to full_search and instant_search with the term as their code. A term may have been chosen from suggestions and never searched.
-- rows: 1000000
with asked as materialized (
    -- include: search/asked
),
terms as (
    select
        term,
        count(*) as searches,
        count(search_found) as told,
        count(*) filter (where not search_found) as zero_results,
        count(session_key) as followable,
        count(*) filter (where no_click) as no_click,
        count(*) filter (where refined) as refined
    from asked
    group by term
),
first_asked as (
    select term, session_key, min(ts) as first_at
    from asked
    where session_key is not null
    group by term, session_key
),
ordered as (
    select session_key, max(placed_at) as last_at
    from orders
    where shop_id = $shop
      and placed_at >= $start
      and not bot
      and session_key is not null
    group by session_key
),
visits as (
    select f.term, count(*) as sessions, count(o.session_key) as ordering_sessions
    from first_asked f
    left join ordered o
      on o.session_key = f.session_key
     and o.last_at >= f.first_at
    group by f.term
),
earned as (
    select
        lower(trim(recommended_code)) as term,
        count(distinct order_key) as orders,
        sum(case when currency = $currency then earned else 0 end) as revenue
    from (
        -- include: attribution/credits
    ) credits
    where recommended_by in ('full_search', 'instant_search')
    group by lower(trim(recommended_code))
)
select
    coalesce(t.term, e.term) as term,
    coalesce(t.searches, 0) as searches,
    coalesce(t.told, 0) as told,
    coalesce(t.zero_results, 0) as zero_results,
    coalesce(t.followable, 0) as followable,
    coalesce(t.no_click, 0) as no_click,
    coalesce(t.refined, 0) as refined,
    coalesce(v.sessions, 0) as sessions,
    coalesce(v.ordering_sessions, 0) as ordering_sessions,
    coalesce(e.orders, 0) as orders,
    coalesce(e.revenue, 0)::decimal(38, 4) as revenue
from terms t
full join earned e
  on e.term = t.term
left join visits v
  on v.term = t.term
