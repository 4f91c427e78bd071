-- Sessions whose visitor is in question: of the part of the graph that is told again, and of nodes of
-- the batch that have had several owners.
create or replace temp table judged_nodes as
select node_hash from closure_nodes
union
select node_hash from homes where until < timestamp '9999-01-01';

create or replace temp table found_sessions as
select rowid as rid
from sessions
where node_hash in (select node_hash from judged_nodes);

create or replace temp table judged_sessions as
select s.rowid as rid, s.shop_id, s.node, s.session_key, s.visitor_id, s.started_at, s.ended_at
from sessions s
join found_sessions f on f.rid = s.rowid;
