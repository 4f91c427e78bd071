-- title: A property of the profile
-- takes: shop varchar, as_of timestamp, pointer varchar, told varchar[], least decimal, most decimal
-- gives: visitor_id varchar
-- define: Visitors whose profile said something under a name before the moment: the last that it said is anything, one of these texts, or a number between these.
-- rows: 100000000
with told as (
    select
        visitor_id,
        json_extract_string(props, $pointer) as said,
        row_number() over (partition by visitor_id order by ts desc, request_id desc, seq desc) as nth
    from events
    where shop_id = $shop
      and ts < $as_of
      and event = 'identify'
      and not bot
      and visitor_id is not null
      and json_extract_string(props, $pointer) is not null
)
select visitor_id
from told
where nth = 1
  and (len($told::varchar[]) = 0 or list_contains($told::varchar[], said))
  and ($least::decimal(18, 4) is null or try_cast(said as decimal(18, 4)) >= $least::decimal(18, 4))
  and ($most::decimal(18, 4) is null or try_cast(said as decimal(18, 4)) <= $most::decimal(18, 4))
