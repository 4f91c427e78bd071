-- title: Blocks that are shown and never clicked
-- takes: shop varchar, now timestamp
-- gives: tool varchar, code varchar, shown bigint, clicks bigint, first_seen timestamp, last_seen timestamp, example varchar
-- define: Viewable impressions of the last seven days by tool and code, and events of any kind that name the same tool and code; blocks seen 200 times or more without one. Either the links of such a block do not carry its name and code, or nobody wants what it shows.
-- rows: 100
with told as (
    select
        recommended_by,
        recommended_code,
        event,
        page_url,
        ts,
        event_id
    from events
    where shop_id = $shop
      and ts >= $now::timestamp - interval 7 day
      and ts < $now::timestamp
      and recommended_by is not null
      and not bot
)
select
    recommended_by as tool,
    recommended_code as code,
    count(*) filter (where event = 'view_item_list') as shown,
    count(*) filter (where event <> 'view_item_list') as clicks,
    min(ts) as first_seen,
    max(ts) as last_seen,
    arg_max(page_url, (ts, event_id)) as example
from told
group by recommended_by, recommended_code
having count(*) filter (where event = 'view_item_list') >= 200
   and count(*) filter (where event <> 'view_item_list') = 0
order by count(*) filter (where event = 'view_item_list') desc, recommended_by, recommended_code
limit 50
