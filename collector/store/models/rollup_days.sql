-- takes: shop varchar, part varchar, mark varchar, start timestamp, until timestamp
-- Days that are prepared and that nothing has touched since.
select d.since, d.until
from settled_days d
left join touched_hours t
  on t.shop_id = d.shop_id
 and t.hour < d.until
 and t.hour + interval 1 hour > d.since
 and t.batch > d.as_of
where d.shop_id = $shop
  and d.part = $part
  and d.mark = $mark
  and d.engine = version()
  and d.since >= $start
  and d.until <= $until
  and t.shop_id is null
order by d.since;
