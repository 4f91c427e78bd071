-- title: Visitors with an arm, to be put together
-- takes: shop varchar, start timestamp, until timestamp
-- gives: person ubigint, arm varchar, last_arm varchar, since timestamp
-- define: A row a visitor (as a hash, which is found several times faster than the text) with an event in the period that names an arm of a test, without bots: the least and the greatest name, and the first such event. Rows of one visitor on several days are put together by whoever reads them.
-- rows: 100000000
-- settles: day
select
    person,
    min(ab_segment) as arm,
    max(ab_segment) as last_arm,
    min(ts) as since
from (
    select hash(visitor_id) as person, ab_segment, ts
    from events
    where shop_id = $shop
      and ts >= $start
      and ts < $until
      and not bot
      and ab_segment is not null
      and visitor_id is not null
) named
group by person
