-- title: How far each came, and what by
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint
-- gives: took_2 bigint, took_3 bigint, took_4 bigint, took_5 bigint, took_6 bigint, device_type varchar, channel varchar, tool varchar
-- define: Every session (or visitor) with a first step in the period: the shortest time in milliseconds in which each later step was reached, and of the session in which the first step was taken the kind of device, the channel, and the storefront tool that was clicked or added from first. A session that begins a funnel belongs to the day on which it began.
-- settles: day
-- rows: 1000000
with reached as (
    -- include: funnels/reached
),
helped as (
    select session_key, arg_min(recommended_by, (ts, touch_id)) as tool
    from touches
    where shop_id = $shop
      and ts >= $start::timestamp - interval 1 day
      and family = 'storefront'
      and kind in ('click', 'add')
      and not bot
    group by session_key
),
told as (
    select s.session_key, s.device_type, s.channel, h.tool
    from sessions s
    left join helped h
      on h.session_key = s.session_key
    where s.shop_id = $shop
      and s.ended_at >= $start
      and s.started_at < $until
      and not s.bot
)
select
    r.took_2,
    r.took_3,
    r.took_4,
    r.took_5,
    r.took_6,
    t.device_type,
    t.channel,
    t.tool
from reached r
left join told t
  on t.session_key = r.session_key
