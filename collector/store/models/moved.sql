-- Sessions that are not, or no longer, of the visitor they are stored with.
create or replace temp table found_homes as
select rowid as rid
from visitor_nodes
where node_hash in (select node_hash from judged_nodes);

create or replace temp table judged_periods as
select v.*
from visitor_nodes v
join found_homes f on f.rid = v.rowid;

insert into moved
select s.rid, s.shop_id, s.node, s.session_key, s.visitor_id as old_id, v.visitor_id as new_id, s.started_at, s.ended_at
from judged_periods v
join judged_sessions s
  on s.node = v.node
 and s.shop_id = v.shop_id
 and s.started_at >= v.since
 and s.started_at < v.until
where s.visitor_id <> v.visitor_id;

select count(*), min(started_at), max(ended_at) from moved;
