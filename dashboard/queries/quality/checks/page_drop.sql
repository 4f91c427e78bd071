-- title: A kind of page that fell silent
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Page views and product views of the kind of page (the first part of its path) that fell most, against the same weekday in the four weeks before and after the change of all others is taken out: 1 minus events divided by those expected. A day that is over is judged where two such weekdays have events, a kind of page where 200 events are expected; the value of the period is that of its worst day.
-- seconds: 10
with pages as (
    -- include: quality/templates
)
select day, value, found, base, about, ids, said
from (
    -- include: quality/fallen with quality/browsers as pages
) fallen
order by day
