-- title: Sent so many purchases
-- takes: shop varchar, since timestamp, until timestamp, event varchar, recommended_by varchar, recommended_code varchar, search_term varchar, least bigint, most bigint
-- gives: visitor_id varchar
-- define: Visitors with so many purchases in the days that pass the filters, without bots. Several reports of one order are one purchase.
-- rows: 100000000
select visitor_id
from events
where shop_id = $shop
  and ts >= $since
  and ts < $until
  and event = $event
  and not bot
  and visitor_id is not null
  and ($search_term::varchar is null or lower(trim(search_term)) = lower(trim($search_term::varchar)))
  and ($recommended_by::varchar is null or recommended_by = $recommended_by)
  and ($recommended_code::varchar is null or recommended_code = $recommended_code)
group by visitor_id
having count(distinct coalesce(order_key, transaction_id, event_id::varchar)) >= $least
   and (
        $most::bigint is null
        or count(distinct coalesce(order_key, transaction_id, event_id::varchar)) <= $most
   )
