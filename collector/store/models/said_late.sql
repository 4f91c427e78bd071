-- Sessions that were told again say anew who somebody is; what they said before is forgotten.
create or replace temp table retold_nodes as
select distinct
    shop_id,
    node,
    md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash
from late;

delete from identity_links
where rowid in (
    select k.rowid
    from identity_links k
    join retold_nodes n on n.node_hash = k.node_hash and n.shop_id = k.shop_id and n.node = k.node
    semi join retold r on r.old_key = k.session_key and r.shop_id = k.shop_id and r.node = k.node
);

insert into said
select shop_id, node, session_key, ts, email, phone, user_id, ids, alias
from retold
where not bot
  and (email is not null or phone is not null or user_id is not null or ids is not null or alias is not null);
