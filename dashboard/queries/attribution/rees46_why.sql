-- title: Why this credit? Every touch and the rule that decided
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: occurred_at timestamp, line integer, item_id varchar, family varchar, kind varchar, recommended_by varchar, recommended_code varchar, touches bigint, touch_id varchar, same_session boolean, kept boolean, reason varchar, decided_at timestamp, decided_by varchar
-- define: Touches of the order's visitor in the 30 days before it and in its session up to a day after it: each on an item of the order kept or rejected with the rule that decided, those on other items in the session counted, messages apart.
with rules as (
    -- include: attribution/chosen
),
facts as (
    select order_key, placed_at, visitor_id, session_key
    from orders
    where shop_id = $shop
      and order_key = $id
),
wanted as (
    select l.line, l.item_id, l.item_group_id, l.recommended_by, l.recommended_code, l.bot, f.placed_at
    from order_lines l
    join facts f
      on f.order_key = l.order_key
    where l.shop_id = $shop
),
-- A preset whose unit is the whole order asks for no item: its line is -1.
units as (
    select w.line, w.item_id, w.item_group_id, w.bot, r.match
    from wanted w
    join rules r
      on r.unit = 'line'
    union all
    select -1, null, null, coalesce(bool_or(w.bot), false), any_value(r.match)
    from rules r
    left join wanted w
      on true
    where r.unit = 'order'
    having count(*) > 0
),
kept as (
    select line, touch_id, touched_at, reason
    from (
        -- include: attribution/credits
    ) credits
    where touch_id is not null
),
eligible as (
    select line, touch_id
    from (
        -- include: attribution/eligible
    ) eligible
),
near as (
    select
        t.*,
        f.placed_at,
        f.session_key as order_session,
        coalesce(t.session_key = f.session_key, false) as same_session
    from touches t
    join facts f
      on f.visitor_id = t.visitor_id
     and t.ts >= f.placed_at - interval 30 day
     and t.ts <= f.placed_at + interval 24 hour
    where t.shop_id = $shop
      and (t.ts <= f.placed_at or t.session_key = f.session_key)
),
own as (
    select
        n.*,
        w.line,
        w.bot as order_bot,
        case
            when w.match = 'any' then true
            when n.item_id = w.item_id then true
            else w.match = 'group'
        end as matches
    from near n
    join units w
      on w.match = 'any'
      or w.item_id = n.item_id
      or w.item_group_id = n.item_group_id
    where n.family = 'storefront'
),
removed as (
    select o.line, o.touch_id, min(r.ts) as ended_at
    from own o
    join cart_removals r
      on r.visitor_id = o.visitor_id
     and r.ts > o.ts
     and r.ts < o.placed_at
    where r.shop_id = $shop
      and (r.item_id is null or r.item_id = o.item_id)
    group by o.line, o.touch_id
),
used as (
    select o.line, o.touch_id, min(b.placed_at) as ended_at, arg_min(b.order_key, (b.placed_at, b.order_key)) as order_key
    from own o
    join order_lines b
      on b.visitor_id = o.visitor_id
     and b.item_id = o.item_id
     and b.placed_at >= o.ts
     and b.placed_at < o.placed_at - interval 5 minute
    where b.shop_id = $shop
      and not b.bot
    group by o.line, o.touch_id
),
-- Under a preset with a reset, when an external source last brought the visitor.
resets as (
    select max(s.started_at) as reset_at
    from facts f
    join sessions s
      on s.visitor_id = f.visitor_id
     and s.started_at <= f.placed_at
    join rules r
      on r.reset = 'source'
    where s.shop_id = $shop
      and s.channel <> 'direct'
),
judged as (
    select
        o.*,
        k.touch_id is not null as kept,
        case
            when k.touch_id is not null then k.reason
            when o.order_bot then 'order_of_bot'
            when o.bot then 'bot'
            when not o.matches then 'other_variant'
            when o.ts > o.placed_at then 'after_order'
            when o.kind not in ('click', 'add') then 'wrong_kind'
            when o.kind = 'add' and p.kinds <> 'click_add' then 'kind_not_counted'
            when p.family <> 'storefront' then 'messages_only'
            when p.span in ('session', 'run') and o.order_session is null then 'order_without_session'
            when p.span in ('session', 'run') and not o.same_session then 'other_session'
            when p.span in ('time', 'day') and o.ts < o.placed_at - p.reach then 'outside_window'
            when p.span = 'day'
             and cast(timezone($zone, timezone('UTC', o.ts)) as date) <> cast(timezone($zone, timezone('UTC', o.placed_at)) as date)
                then 'outside_window'
            when r.ended_at is not null then 'removed_from_cart'
            when u.ended_at is not null then 'used_by_earlier_purchase'
            when e.touch_id is not null and p.winner = 'last' then 'superseded_by_later'
            when e.touch_id is not null then 'superseded_by_winner'
            when o.ts < s.reset_at then 'reset_by_source'
            when p.span = 'run' or p.kinds = 'click_before_add' then 'after_add_or_pause'
            else 'unexplained'
        end as reason,
        r.ended_at as removed_at,
        s.reset_at,
        u.ended_at as bought_at,
        u.order_key as bought_by
    from own o
    cross join rules p
    left join kept k
      on k.line = o.line
     and k.touch_id = o.touch_id
    left join eligible e
      on e.line = o.line
     and e.touch_id = o.touch_id
    left join removed r
      on r.line = o.line
     and r.touch_id = o.touch_id
    left join used u
      on u.line = o.line
     and u.touch_id = o.touch_id
    cross join resets s
),
-- A tool of another item in the session may not take the line; a row a tool, code and kind.
others as (
    select
        max(n.ts) as occurred_at,
        n.family,
        n.kind,
        n.recommended_by,
        coalesce(n.recommended_code, '') as recommended_code,
        count(*) as touches,
        case
            when n.bot then 'bot'
            when n.kind not in ('click', 'add') then 'wrong_kind'
            else 'other_item'
        end as reason
    from near n
    left join (select distinct touch_id from own) o
      on o.touch_id = n.touch_id
    where n.family = 'storefront'
      and n.same_session
      and n.ts <= n.placed_at
      and o.touch_id is null
    group by n.family, n.kind, n.recommended_by, coalesce(n.recommended_code, ''), n.bot
),
named as (
    select
        w.*,
        k.touch_id as winner,
        k.touched_at as won_at,
        case
            when w.bot then 'order_of_bot'
            when w.recommended_by is not null and starts_with(k.touch_id, 'purchase:')
             and k.touch_id <> concat('purchase:', $id, ':', w.line) then 'purchase_field_other_line'
            when k.touch_id = concat('purchase:', $id, ':', w.line) then 'purchase_field_fallback'
            when k.touch_id is not null then 'purchase_field_unused'
            when f.visitor_id is null then 'no_visitor'
            else 'purchase_field_message'
        end as reason
    from wanted w
    join facts f
      on f.order_key = $id
    left join (select line, min(touch_id) as touch_id, max(touched_at) as touched_at from kept group by line) k
      on k.line = w.line
      or k.line = -1
    where w.recommended_by is not null
),
won as (
    select touch_id, touched_at
    from (
        -- include: attribution/rees46_messages
    ) messages
),
clicks as (
    select touch_id
    from (
        -- include: attribution/message_clicks
    ) message_clicks
),
messages as (
    select
        n.*,
        w.touched_at,
        case
            when w.touch_id = n.touch_id then 'message_credited'
            when n.bot then 'bot'
            when n.ts > n.placed_at then 'after_order'
            when n.kind not in ('message_click', 'message_seen') then 'wrong_kind'
            when c.touch_id is null then 'message_repeated'
            when n.ts < n.placed_at - interval 48 hour then 'message_too_old'
            when w.touch_id is not null then 'message_superseded'
            else 'order_of_bot'
        end as reason
    from near n
    left join won w
      on w.touch_id is not null
    left join clicks c
      on c.touch_id = n.touch_id
    where n.family = 'message'
),
-- Every event of two days names the message of a click; a row a message, here and elsewhere.
repeated as (
    select
        max(ts) as occurred_at,
        kind,
        recommended_by,
        coalesce(recommended_code, '') as recommended_code,
        count(*) as touches,
        same_session
    from messages
    where reason = 'message_repeated'
    group by kind, recommended_by, coalesce(recommended_code, ''), same_session
),
timeline as (
    select
        j.ts as occurred_at,
        j.line,
        j.item_id,
        j.family,
        j.kind,
        j.recommended_by,
        coalesce(j.recommended_code, '') as recommended_code,
        1 as touches,
        j.touch_id,
        j.same_session,
        j.kept,
        j.reason,
        case j.reason
            when 'removed_from_cart' then j.removed_at
            when 'used_by_earlier_purchase' then j.bought_at
            when 'reset_by_source' then j.reset_at
            when 'superseded_by_later' then k.touched_at
            when 'superseded_by_winner' then k.touched_at
            else null
        end as decided_at,
        case j.reason
            when 'used_by_earlier_purchase' then j.bought_by
            when 'superseded_by_later' then k.touch_id
            when 'superseded_by_winner' then k.touch_id
            else null
        end as decided_by
    from judged j
    left join (
        select line, max(touched_at) as touched_at, arg_max(touch_id, (touched_at, touch_id)) as touch_id
        from kept
        group by line
    ) k
      on k.line = j.line
    union all
    select
        occurred_at, null, null, family, kind, recommended_by, recommended_code, touches,
        null, true, false, reason, null, null
    from others
    union all
    select
        placed_at, line, item_id, 'storefront', 'purchase', recommended_by, coalesce(recommended_code, ''), 1,
        concat('purchase:', $id, ':', line), true, reason = 'purchase_field_fallback', reason,
        case when reason = 'purchase_field_unused' then won_at else null end,
        case when reason = 'purchase_field_unused' then winner else null end
    from named
    union all
    select
        ts, null, item_id, family, kind, recommended_by, coalesce(recommended_code, ''), 1,
        touch_id, same_session, reason = 'message_credited', reason,
        case when reason = 'message_superseded' then touched_at else null end,
        null
    from messages
    where reason <> 'message_repeated'
    union all
    select
        occurred_at, null, null, 'message', kind, recommended_by, recommended_code, touches,
        null, same_session, false, 'message_repeated', null, null
    from repeated
)
select
    occurred_at,
    line,
    item_id,
    family,
    kind,
    recommended_by,
    recommended_code,
    touches,
    touch_id,
    same_session,
    kept,
    reason,
    decided_at,
    decided_by
from timeline
order by occurred_at, family, kind, recommended_by, recommended_code, line nulls last, touch_id
