-- A session that was told again may begin elsewhere, and with it the time from which a node is another's.
insert into dirty_nodes
select distinct node_hash
from retold_nodes
where node_hash in (select node_hash from identity_links)
  and node_hash not in (select node_hash from dirty_nodes);

insert into dirty_nodes
select distinct node_hash
from retold_nodes
where node_hash in (select node_hash from visitor_nodes)
  and node_hash not in (select node_hash from dirty_nodes);
