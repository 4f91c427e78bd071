-- Moments at which a tool of the platform helped (docs/definitions: touch).
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
        end as kind
    from arrived
    where recommended_by is not null
      and visitor_id is not null
      and rowid not in (select n from repeated)
)
select
    k.shop_id,
    k.event_id || '-' || coalesce(i.line, 0) as touch_id,
    k.event_id,
    k.ts,
    k.visitor_id,
    s.session_key,
    k.kind,
    case
        when k.kind = 'message_click' or k.recommended_by in (
            'chain', 'bulk', 'transactional', 'web_push_digest', 'trigger_mail', 'digest_mail',
            'r46_returner', 'web_push_trigger'
        ) then 'message'
        else 'storefront'
    end as family,
    i.item_id,
    i.item_group_id,
    k.recommended_by,
    k.recommended_code,
    i.position,
    k.bot
from kinds k
left join batch_items i on i.n = k.n
left join assigned s on s.n = k.n
where k.kind is not null;
