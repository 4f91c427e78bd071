-- Moments at which a tool of the platform helped (docs/definitions: touch).
-- A message is named by every event of the days after its click: such an event is not another click,
-- but a sight of the first one, at the moment that the sender remembers (docs/wire/r46.md §7.3).
insert into touches by name
with kinds as (
    select
        rowid as n,
        *,
        case
            when event in ('view_item', 'select_item') then 'click'
            when event = 'add_to_cart' then 'add'
            when event = 'view_item_list' and item_list_type = 'recommendation' then 'impression'
            when event = 'custom' and custom_name = 'message_clicked' then 'message_click'
            else null
        end as kind,
        recommended_by in (
            'chain', 'bulk', 'transactional', 'web_push_digest', 'trigger_mail', 'digest_mail',
            'r46_returner', 'web_push_trigger'
        )
        or regexp_replace(recommended_by, '^.*push_', '') in (
            'chain', 'bulk', 'transactional', 'web_push_digest', 'trigger_mail', 'digest_mail',
            'r46_returner', 'web_push_trigger'
        )
        or starts_with(recommended_by, 'mobile_push_') as names_message
    from arrived
    where recommended_by is not null
      and visitor_id is not null
      and rowid not in (select n from repeated)
),
told as (
    select
        * exclude (kind, names_message),
        case when names_message and kind <> 'message_click' then 'message_seen' else kind end as kind,
        case when names_message or kind = 'message_click' then 'message' else 'storefront' end as family,
        -- Epoch milliseconds of the click of this very message, where that is a moment up to the event.
        case
            when names_message
             and kind <> 'message_click'
             and json_extract_string(props, '$.msg_from') = recommended_by
             and json_extract_string(props, '$.msg_code') is not distinct from recommended_code
            then try_cast(json_extract_string(props, '$.msg_at') as double)
            else null
        end as clicked_ms
    from kinds
    where kind is not null
)
select
    t.shop_id,
    t.event_id || '-' || coalesce(i.line, 0) as touch_id,
    t.event_id,
    case
        when t.clicked_ms > 0 and t.clicked_ms <= epoch_ms(t.ts) then make_timestamp_ms(floor(t.clicked_ms)::bigint)
        else t.ts
    end as ts,
    t.visitor_id,
    s.session_key,
    t.kind,
    t.family,
    i.item_id,
    i.item_group_id,
    t.recommended_by,
    t.recommended_code,
    i.position,
    t.bot
from told t
left join batch_items i on i.n = t.n
left join assigned s on s.n = t.n;
