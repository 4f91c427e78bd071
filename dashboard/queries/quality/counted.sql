-- title: What was sent, counted once for several checks
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, events bigint, people bigint, nobody bigint, nobody_ids varchar[], nobody_said varchar[], timed bigint, skewed bigint, skewed_ids varchar[], skewed_said varchar[], punctual bigint, late bigint, late_ids varchar[], late_said varchar[], robots bigint, robot_ids varchar[], robot_said varchar[], pages bigint, twice bigint, twice_ids varchar[], twice_said varchar[], tools bigint, unknown bigint, unknown_ids varchar[], unknown_said varchar[], codeless bigint, codeless_ids varchar[], codeless_said varchar[]
-- define: Events by the shop's day on which they were received, and how many of them have what a check looks for; imported history is left out, and robots wherever it is not about them.
-- rows: 1000
-- seconds: 10
with days as (
    -- include: quality/days
),
judged as (
    select
        time_bucket(interval 15 minutes, received_at) as slot,
        (request_id, seq) as place,
        request_id,
        event,
        bot,
        browser,
        visitor_id is null as nobody,
        ts_source = 'client' as punctual,
        date_diff('second', ts, received_at) as lag,
        recommended_by,
        recommended_code,
        list_contains(coalesce(notes, []), 'ts_out_of_range')
            or list_contains(coalesce(notes, []), 'ts_invalid') as skewed,
        list_contains(coalesce(notes, []), 'init_duplicate') as twice,
        list_contains(coalesce(notes, []), 'recommended_by_unknown') as unknown
    from events
    where shop_id = $shop
      and received_at >= $checked_from
      and received_at < $until
      and endpoint not in ('file.orders', 'rees46.import', 'rr.import')
)
select
    d.day as day,
    count(*) as events,
    count(*) filter (where not bot) as people,
    count(*) filter (where nobody and not bot) as nobody,
    arg_max(request_id::varchar, place, 5) filter (where nobody and not bot) as nobody_ids,
    arg_max(event, place, 5) filter (where nobody and not bot) as nobody_said,
    count(*) filter (where (punctual or skewed) and not bot) as timed,
    count(*) filter (where skewed and not bot) as skewed,
    arg_max(request_id::varchar, place, 5) filter (where skewed and not bot) as skewed_ids,
    arg_max(event, place, 5) filter (where skewed and not bot) as skewed_said,
    count(*) filter (where punctual and not bot) as punctual,
    count(*) filter (where punctual and lag >= 3600 and not bot) as late,
    arg_max(request_id::varchar, place, 5) filter (where punctual and lag >= 3600 and not bot) as late_ids,
    arg_max(event, place, 5) filter (where punctual and lag >= 3600 and not bot) as late_said,
    count(*) filter (where bot) as robots,
    arg_max(request_id::varchar, place, 5) filter (where bot) as robot_ids,
    arg_max(coalesce(browser, event), place, 5) filter (where bot) as robot_said,
    count(*) filter (where event = 'page_view' and not bot) as pages,
    count(*) filter (where twice and not bot) as twice,
    arg_max(request_id::varchar, place, 5) filter (where twice and not bot) as twice_ids,
    arg_max(event, place, 5) filter (where twice and not bot) as twice_said,
    count(*) filter (where recommended_by is not null and not bot) as tools,
    count(*) filter (where unknown and not bot) as unknown,
    arg_max(request_id::varchar, place, 5) filter (where unknown and not bot) as unknown_ids,
    arg_max(coalesce(recommended_by, event), place, 5) filter (where unknown and not bot) as unknown_said,
    count(*) filter (where recommended_by is not null and recommended_code is null and not bot) as codeless,
    arg_max(request_id::varchar, place, 5)
        filter (where recommended_by is not null and recommended_code is null and not bot) as codeless_ids,
    arg_max(recommended_by, place, 5)
        filter (where recommended_by is not null and recommended_code is null and not bot) as codeless_said
from judged j
join days d on d.slot = j.slot
group by d.day
