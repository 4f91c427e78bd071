-- $least: number = 2
select
    lower(trim(search_term)) as term,
    count(*) as searches,
    count(distinct visitor_id) as visitors
from events
where event = 'search' and ts >= $start and ts < $until and not bot
group by all
having count(*) >= $least
order by searches desc, term
