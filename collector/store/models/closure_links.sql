-- Every link of the part of the graph, with the beginning of its session.
create or replace temp table found_links as
select rowid as rid
from identity_links
where node_hash in (select node_hash from closure_nodes);

select k.shop_id, k.node, k.session_key, s.started_at, k.marks, k.stated, k.first_at, k.last_at
from (
    select l.*
    from identity_links l
    join found_links f on f.rid = l.rowid
) k
join judged_sessions s
  on s.session_key = k.session_key and s.node = k.node and s.shop_id = k.shop_id;
