-- Items of the batch, typed and in the sender's order.
create or replace temp table batch_items as
with parsed as (
    select
        rowid as n,
        from_json(items, '[{"item_id":"VARCHAR","item_group_id":"VARCHAR","item_variant":"VARCHAR","item_name":"VARCHAR","item_brand":"VARCHAR","item_category":["VARCHAR"],"price":"VARCHAR","quantity":"VARCHAR","index":"VARCHAR"}]') as found
    from arrived
    where items is not null
      and rowid not in (select n from repeated)
),
listed as (
    select n, unnest(found) as item, unnest(range(len(found))) as line
    from parsed
)
select
    n,
    line::integer as line,
    item.item_id,
    item.item_group_id,
    item.item_variant,
    item.item_name,
    item.item_brand,
    array_to_string(item.item_category, ' / ') as item_category,
    try_cast(item.price as decimal(18, 4)) as price,
    try_cast(item.quantity as decimal(18, 4)) as quantity,
    try_cast(item."index" as integer) as position
from listed
where item.item_id is not null;

insert into items by name
select
    a.shop_id,
    a.ts,
    a.event_id,
    a.event,
    a.visitor_id,
    s.session_key,
    a.bot,
    a.currency,
    a.recommended_by,
    a.recommended_code,
    i.* exclude (n, position)
from batch_items i
join arrived a on a.rowid = i.n
left join assigned s on s.n = i.n;
