-- Whose the nodes of a batch are, and were, as far as anything identified them.
-- Places by hash first, rows by place then: a table of a million rows is not read for a hundred.
create or replace temp table batch_nodes as
select md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash
from (select distinct shop_id, node from arrived where node is not null);

create or replace temp table found_homes as
select rowid as rid
from visitor_nodes
where node_hash in (select node_hash from batch_nodes);

create or replace temp table homes as
select v.*
from visitor_nodes v
join found_homes f on f.rid = v.rowid;

update arrived set visitor_id = h.visitor_id
from homes h
where h.node = arrived.node
  and h.shop_id = arrived.shop_id
  and h.until = timestamp '9999-01-01'
  and h.visitor_id <> h.node;
