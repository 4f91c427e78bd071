-- title: Did something so many times
-- takes: shop varchar, since timestamp, until timestamp, event varchar, name varchar, search_term varchar, recommended_by varchar, recommended_code varchar, least bigint, most bigint
-- gives: visitor_id varchar
-- define: Visitors with so many events of that name in the days that pass the filters, without bots.
-- rows: 100000000
select visitor_id
from events
where shop_id = $shop
  and ts >= $since
  and ts < $until
  and event = $event
  and not bot
  and visitor_id is not null
  and ($name::varchar is null or custom_name = $name)
  and ($search_term::varchar is null or lower(trim(search_term)) = lower(trim($search_term::varchar)))
  and ($recommended_by::varchar is null or recommended_by = $recommended_by)
  and ($recommended_code::varchar is null or recommended_code = $recommended_code)
group by visitor_id
having count(*) >= $least
   and ($most::bigint is null or count(*) <= $most)
