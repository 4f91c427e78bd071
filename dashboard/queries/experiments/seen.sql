-- title: Visitors with an arm, to be put together
-- takes: shop varchar, start timestamp, until timestamp
-- gives: person ubigint, arm varchar, low ubigint, high ubigint, since timestamp
-- define: A row a visitor (as a hash, which is found several times faster than the text) with an event in the period that names an arm of a test, without bots: the least name, the least and the greatest hash of a name, and the first such event; low is the hash of arm where the visitor is in one arm alone. Rows of one visitor on several days are put together by whoever reads them.
-- rows: 100000000
-- settles: day
select
    person,
    min(ab_segment) as arm,
    min(named_hash) as low,
    max(named_hash) as high,
    min(ts) as since
from (
    select hash(visitor_id) as person, ab_segment, hash(ab_segment) as named_hash, ts
    from events
    where shop_id = $shop
      and ts >= $start
      and ts < $until
      and not bot
      and ab_segment is not null
      and visitor_id is not null
) named
group by person
