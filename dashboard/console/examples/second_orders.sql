-- how many days pass between somebody's first and second order
with numbered as (
    select visitor_id, placed_at, row_number() over (partition by visitor_id order by placed_at, order_key) as place
    from orders
    where visitor_id is not null and not cancelled and not bot
)
select
    date_diff('day', first.placed_at, second.placed_at) as days,
    count(*) as visitors
from numbered first
join numbered second on second.visitor_id = first.visitor_id and second.place = 2
where first.place = 1
group by all
order by days
