-- title: In a list that events keep
-- takes: shop varchar, as_of timestamp, list varchar
-- gives: visitor_id varchar
-- define: Visitors whom an event before the moment put into the list, and whom none took out since.
-- rows: 100000000
with calls as (
    select
        visitor_id,
        json_extract_string(props, '/segment_remove') as removed,
        row_number() over (partition by visitor_id order by ts desc, request_id desc, seq desc) as nth
    from events
    where shop_id = $shop
      and ts < $as_of
      and event = 'identify'
      and not bot
      and visitor_id is not null
      and contains(props, '"segment_')
      and (
        json_extract_string(props, '/segment_add') = $list
        or json_extract_string(props, '/segment_remove') = $list
      )
)
select visitor_id
from calls
where nth = 1
  and coalesce(removed <> $list, true)
