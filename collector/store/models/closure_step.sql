-- One step further: nodes that share an identifier with a node of the part.
create or replace temp table closure_sets as
select distinct other.set_hash
from identity_marks own
join identity_marks other on other.mark_hash = own.mark_hash
where own.set_hash in (
    select set_hash
    from identity_links
    where node_hash in (select node_hash from closure_nodes)
);

create or replace temp table closure_nodes as
select node_hash from closure_nodes
union
select node_hash from identity_links where set_hash in (select set_hash from closure_sets);

select count(*) from closure_nodes;
