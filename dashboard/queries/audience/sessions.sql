-- title: So many sessions
-- takes: shop varchar, since timestamp, until timestamp, least bigint, most bigint
-- gives: visitor_id varchar
-- define: Visitors with so many sessions that began in the days, without bots.
-- rows: 100000000
select visitor_id
from sessions
where shop_id = $shop
  and started_at >= $since
  and started_at < $until
  and not bot
group by visitor_id
having count(*) >= $least
   and ($most::bigint is null or count(*) <= $most)
