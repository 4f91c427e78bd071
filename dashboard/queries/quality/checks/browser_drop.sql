-- title: A browser that fell silent
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Sessions of the browser that fell most, against the same weekday in the four weeks before and after the change of all others is taken out: 1 minus sessions divided by those expected. A day that is over is judged where two such weekdays have sessions, a browser where 50 sessions are expected; the value of the period is that of its worst day.
-- seconds: 10
select day, value, found, base, about, ids, said
from (
    -- include: quality/fallen
) fallen
order by day
