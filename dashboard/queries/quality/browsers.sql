-- title: Sessions by browser
-- takes: shop varchar, checked_from timestamp, until timestamp
-- gives: slot timestamp, name varchar, seen bigint, least integer
-- define: Sessions by quarter of an hour and browser from 29 days before the checked days on; robots are left out. Fewer than 50 expected a day are not judged.
-- rows: 1000000
select
    time_bucket(interval 15 minutes, started_at) as slot,
    coalesce(browser, '') as name,
    count(*) as seen,
    50 as least
from sessions
where shop_id = $shop
  and started_at >= $checked_from::timestamp - interval 29 day
  and started_at < $until
  and not bot
group by time_bucket(interval 15 minutes, started_at), coalesce(browser, '')
