-- title: Page views by kind of page
-- takes: shop varchar, checked_from timestamp, until timestamp
-- gives: slot timestamp, name varchar, seen bigint, least integer
-- define: Events page_view and view_item by quarter of an hour and first part of the page's path, from 29 days before the checked days on; robots are left out. Fewer than 200 expected a day are not judged.
-- rows: 1000000
select
    time_bucket(interval 15 minutes, ts) as slot,
    '/' || split_part(split_part(split_part(page_url, '/', 4), '?', 1), '#', 1) as name,
    count(*) as seen,
    200 as least
from events
where shop_id = $shop
  and ts >= $checked_from::timestamp - interval 29 day
  and ts < $until
  and event in ('page_view', 'view_item')
  and page_url is not null
  and not bot
group by
    time_bucket(interval 15 minutes, ts),
    '/' || split_part(split_part(split_part(page_url, '/', 4), '?', 1), '#', 1)
