-- title: Events of the shop's own
-- takes: shop varchar, start timestamp, until timestamp
-- gives: name varchar, events bigint
-- define: Names of custom events of the period with how often each came, the 50 most frequent; they can be steps of a funnel. Bots are left out.
select custom_name as name, count(*) as events
from events
where shop_id = $shop
  and ts >= $start
  and ts < $until
  and event = 'custom'
  and custom_name is not null
  and not bot
group by custom_name
order by count(*) desc, custom_name
limit 50
