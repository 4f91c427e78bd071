-- title: Robots
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Events of robots, stored and marked or kept and ignored, of all events received that day. They are in no figure of the dashboard; many of them may mean that a monitor or a scraper is at work.
-- shares: quality/counted
-- seconds: 10
with days as (
    -- include: quality/days
),
counted as (
    -- include: quality/counted
),
ignored as (
    select
        d.day as day,
        count(*) as robots,
        arg_max(r.request_id::varchar, (r.request_id, r.seq), 5) as ids,
        arg_max(coalesce(r.name, r.endpoint), (r.request_id, r.seq), 5) as said
    from refused r
    join days d on d.slot = time_bucket(interval 15 minutes, r.received_at)
    where r.shop_id = $shop
      and r.received_at >= $checked_from
      and r.received_at < $until
      and r.outcome = 'ignored'
      and (
        list_contains(r.codes, 'bot_ua') or list_contains(r.codes, 'bot_webdriver') or list_contains(r.codes, 'bot_list')
      )
    group by d.day
),
numbers as (
    select
        d.day as day,
        coalesce(c.robots, 0) + coalesce(i.robots, 0) as found,
        coalesce(c.events, 0) + coalesce(i.robots, 0) as base,
        list_concat(coalesce(c.robot_ids, []), coalesce(i.ids, [])) as ids,
        list_concat(coalesce(c.robot_said, []), coalesce(i.said, [])) as said
    from (select day from days group by day) d
    left join counted c on c.day = d.day
    left join ignored i on i.day = d.day
)
select
    day,
    found::double / nullif(base, 0) as value,
    found,
    base,
    null::varchar as about,
    ids,
    said
from numbers
order by day
