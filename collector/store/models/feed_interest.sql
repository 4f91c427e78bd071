-- Who viewed and added what in which hour, and what the batch says of the products.
create or replace temp table feed_seen as
select
    i.n,
    i.line,
    a.shop_id,
    date_trunc('hour', a.ts) as "hour",
    a.ts,
    case when a.event = 'view_item' then 'view' else 'add' end as kind,
    i.item_id,
    a.node,
    i.item_name,
    i.price,
    a.currency
from batch_items i
join arrived a on a.rowid = i.n
where a.event in ('view_item', 'add_to_cart')
  and not a.bot;

create or replace temp table feed_new as
select
    shop_id,
    "hour",
    kind,
    item_id,
    node,
    md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash,
    max(ts) as last_at
from feed_seen
where node is not null
group by shop_id, "hour", kind, item_id, node;

-- Joined and not anti-joined to the big table, so that only rows of these hours are read.
create or replace temp table feed_known as
select n.*, f.rowid as rid, f.last_at as known_at
from feed_interest f
join feed_new n
  on n."hour" = f."hour"
 and n.node_hash = f.node_hash
 and n.item_id = f.item_id
 and n.kind = f.kind
 and n.node = f.node
 and n.shop_id = f.shop_id;

update feed_interest set last_at = k.last_at
from feed_known k
where k.rid = feed_interest.rowid
  and k.last_at > k.known_at;

insert into feed_interest by name
select n.*
from feed_new n
anti join feed_known k
  on k."hour" = n."hour"
 and k.node_hash = n.node_hash
 and k.item_id = n.item_id
 and k.kind = n.kind
 and k.node = n.node
 and k.shop_id = n.shop_id
order by n."hour";

-- An address of the page counts only where nothing but marks of campaigns follows its `?`: the rest
-- may be about the visitor.
create or replace temp table feed_told as
with said as (
    select
        rowid as n,
        from_json(items, '[{"item_id":"VARCHAR","props":{"url":"VARCHAR","image":"VARCHAR","image_url":"VARCHAR","picture":"VARCHAR"}}]') as found
    from arrived
    where rowid in (select n from feed_seen)
      and contains(items, '"props"')
),
listed as (
    select n, unnest(found).props as props, unnest(range(len(found))) as line
    from said
),
pages as (
    select
        rowid as n,
        regexp_replace(
            regexp_replace(page_url, '#.*$', '', 's'),
            '[?&](utm_[a-z_]+|recommended_by|recommended_code|[a-z_]+_code|gclid|fbclid|yclid|msclkid)=[^&]*', '', 'g'
        ) as page
    from arrived
    where rowid in (select n from feed_seen where kind = 'view')
      and page_url is not null
),
described as (
    select
        s.shop_id,
        s.item_id,
        s."hour",
        left(s.item_name, 500) as name,
        coalesce(l.props.url, case when contains(p.page, '?') or contains(p.page, '&') then null else p.page end) as page,
        coalesce(l.props.image_url, l.props.image, l.props.picture) as picture,
        case when s.kind = 'view' then s.price else null end as price,
        s.currency
    from feed_seen s
    left join listed l on l.n = s.n and l.line = s.line
    left join pages p on p.n = s.n
)
select
    shop_id,
    item_id,
    max(case when name <> '' then {'hour': "hour", 'told': name} else null end) as name,
    max(case when page <> '' and length(page) <= 2000 then {'hour': "hour", 'told': page} else null end) as page,
    max(case when picture <> '' and length(picture) <= 2000 then {'hour': "hour", 'told': picture} else null end) as picture,
    max(case when price is not null then {'hour': "hour", 'told': price, 'currency': coalesce(currency, '')} else null end) as price
from described
group by shop_id, item_id;

create or replace temp table feed_described as
select
    t.shop_id,
    t.item_id,
    f.rowid as rid,
    greatest(f.name, t.name) as name,
    greatest(f.page, t.page) as page,
    greatest(f.picture, t.picture) as picture,
    greatest(f.price, t.price) as price,
    greatest(f.name, t.name) is distinct from f.name
    or greatest(f.page, t.page) is distinct from f.page
    or greatest(f.picture, t.picture) is distinct from f.picture
    or greatest(f.price, t.price) is distinct from f.price as is_news
from feed_products f
join feed_told t on t.item_id = f.item_id and t.shop_id = f.shop_id;

update feed_products set name = d.name, page = d.page, picture = d.picture, price = d.price
from feed_described d
where d.rid = feed_products.rowid
  and d.is_news;

insert into feed_products by name
select t.*
from feed_told t
anti join feed_described d on d.item_id = t.item_id and d.shop_id = t.shop_id
where coalesce(t.name.told, t.page.told, t.picture.told, t.price.told::varchar) is not null;
