-- title: Searches of the period and what came of each
-- takes: shop varchar, start timestamp, until timestamp
-- gives: event_id uuid, ts timestamp, session_key varchar, term varchar, search_found boolean, no_click boolean, refined boolean
-- define: Searches with words, without bots; the term is the words in lower case without space at the ends. A search has no click if its session views, opens or adds no product at or after it, before its next search and within 24 hours. It is refined if the next search of the session has another term, comes within five minutes, and there was no click between. Both are unknown without a session.
-- rows: 1000000
-- settles: day
-- A day more is read than counted, because what follows the last searches belongs to them.
with searched as (
    select
        event_id,
        ts,
        session_key,
        lower(trim(search_term)) as term,
        search_found
    from events
    where shop_id = $shop
      and ts >= $start
      and ts < $until + interval 24 hour
      and event = 'search'
      and not bot
      and trim(search_term) <> ''
),
in_order as (
    select
        *,
        lead(nullif(ts, timestamp '1970-01-01')) over following_ones as next_at,
        lead(nullif(term, '')) over following_ones as next_term
    from searched
    window following_ones as (
        partition by coalesce(session_key, event_id::varchar) order by ts, event_id
        rows between current row and 1 following
    )
),
used as (
    select session_key, ts
    from items
    where shop_id = $shop
      and ts >= $start
      and ts < $until + interval 48 hour
      and event in ('view_item', 'select_item', 'add_to_cart')
      and not bot
),
clicked as (
    select distinct s.event_id
    from in_order s
    join used u
      on u.session_key = s.session_key
     and u.ts >= s.ts
     and u.ts < coalesce(s.next_at, s.ts + interval 24 hour)
     and u.ts < s.ts + interval 24 hour
)
select
    s.event_id,
    s.ts,
    s.session_key,
    s.term,
    s.search_found,
    case when s.session_key is null then null else c.event_id is null end as no_click,
    case
        when s.session_key is null then null
        else c.event_id is null
         and coalesce(s.next_term <> s.term, false)
         and coalesce(s.next_at <= s.ts + interval 5 minute, false)
    end as refined
from in_order s
left join clicked c
  on c.event_id = s.event_id
where s.ts < $until
