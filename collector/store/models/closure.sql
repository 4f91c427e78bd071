-- The whole part of the graph that the changed nodes belong to begins with themselves.
create or replace temp table closure_nodes as
select distinct node_hash from dirty_nodes;
