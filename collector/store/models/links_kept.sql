-- The links of the batch beside those that are kept, and the nodes about which they are news: all but
-- those who say again what was said of them last, and those whose sessions were told again.
create or replace temp table found_links as
select rowid as rid
from identity_links
where node_hash in (select node_hash from batch_links);

create or replace temp table known_links as
select k.rowid as rid, k.*
from identity_links k
join found_links f on f.rid = k.rowid;

create or replace temp table dirty_nodes as
select distinct b.node_hash
from batch_links b
left join (
    select
        node_hash,
        arg_max(set_hash, {'last_at': last_at, 'set_hash': set_hash}) as set_hash,
        max(last_at) as last_at
    from known_links
    group by node_hash
) k
  on k.node_hash = b.node_hash
where k.node_hash is null
   or k.set_hash <> b.set_hash
   or k.last_at > b.first_at;

create or replace temp table joined_links as
select
    b.* exclude (first_at, last_at),
    least(b.first_at, k.first_at) as first_at,
    greatest(b.last_at, k.last_at) as last_at,
    k.rid
from batch_links b
left join known_links k
  on k.set_hash = b.set_hash and k.node = b.node and k.session_key = b.session_key and k.shop_id = b.shop_id;

delete from identity_links where rowid in (select rid from joined_links);

insert into identity_links by name
select * exclude (rid) from joined_links;

insert into identity_marks
with sets as (
    select shop_id, set_hash, any_value(marks) as marks, any_value(stated) as stated
    from batch_links
    where set_hash not in (
        select set_hash from identity_marks where set_hash in (select set_hash from batch_links)
    )
    group by shop_id, set_hash
)
select
    set_hash,
    md5_number_lower(shop_id || chr(31) || mark)::ubigint as mark_hash
from (
    select shop_id, set_hash, unnest(list_distinct(list_concat(marks, stated))) as mark
    from sets
) named;
