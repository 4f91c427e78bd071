-- When each shop's first session or order was.
select shop_id, min(moment) as first_at
from (
    select shop_id, started_at as moment from sessions
    union all
    select shop_id, placed_at as moment from orders
) moments
group by shop_id;
