-- title: Helped by a tool
-- takes: shop varchar, since timestamp, until timestamp, recommended_by varchar, recommended_code varchar
-- gives: visitor_id varchar
-- define: Visitors with a touch of a tool in the days, without bots: a click on a recommendation, an add to the cart from one, or an opened message. Seeing one is no touch.
-- rows: 100000000
select distinct visitor_id
from touches
where shop_id = $shop
  and ts >= $since
  and ts < $until
  and kind <> 'impression'
  and not bot
  and recommended_by = $recommended_by
  and ($recommended_code::varchar is null or recommended_code = $recommended_code)
