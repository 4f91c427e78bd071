select
    isodow(started_at at time zone 'UTC' at time zone $zone) as weekday,
    hour(started_at at time zone 'UTC' at time zone $zone) as hour_of_day,
    count(*) as sessions,
    sum(purchases) as purchases
from sessions
where started_at >= $start and started_at < $until and not bot
group by all
order by weekday, hour_of_day
