-- title: Lists that events keep
-- takes: shop varchar
-- gives: list varchar, visitors bigint, calls bigint, last_at timestamp
-- define: Lists that the shop's own calls put visitors into and take them out of: who is in each now (put in, and not taken out since), all calls, and the last of them. Bots are left out.
-- rows: 1000
with calls as (
    select
        visitor_id,
        ts,
        request_id,
        seq,
        json_extract_string(props, '/segment_add') as put,
        json_extract_string(props, '/segment_remove') as taken
    from events
    where shop_id = $shop
      and event = 'identify'
      and not bot
      and visitor_id is not null
      and contains(props, '"segment_')
),
named as (
    select visitor_id, ts, request_id, seq, put as list, coalesce(taken <> put, true) as inside
    from calls
    where put is not null
    union all
    select visitor_id, ts, request_id, seq, taken as list, false as inside
    from calls
    where taken is not null
      and coalesce(put <> taken, true)
),
latest as (
    select
        list,
        ts,
        inside,
        row_number() over (partition by list, visitor_id order by ts desc, request_id desc, seq desc) as nth
    from named
)
select
    list,
    count(*) filter (where nth = 1 and inside) as visitors,
    count(*) as calls,
    max(ts) as last_at
from latest
group by list
order by count(*) filter (where nth = 1 and inside) desc, list
limit 1000
