-- $find: text =
select
    item_id,
    any_value(item_name) as name,
    sum(quantity - undone_quantity) as kept,
    sum(revenue - undone) as net
from order_lines
where placed_at >= $start and placed_at < $until and not bot
  and ($find is null or item_name ilike '%' || $find || '%')
group by item_id
order by net desc, item_id
limit 100
