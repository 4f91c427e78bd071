-- Whose the nodes are and what identifies them, told again for the part of the graph.
-- takes: shops varchar[], nodes varchar[], since timestamp[], until timestamp[], visitors varchar[],
-- id_shops varchar[], id_visitors varchar[], id_nodes varchar[], kinds varchar[], ids varchar[], firsts timestamp[]
delete from visitor_nodes where node_hash in (select node_hash from closure_nodes);

insert into visitor_nodes by name
select *, md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash
from (
    select
        unnest($shops::varchar[]) as shop_id,
        unnest($nodes::varchar[]) as node,
        unnest($since::timestamp[]) as since,
        unnest($until::timestamp[]) as until,
        unnest($visitors::varchar[]) as visitor_id
) told;

delete from visitor_ids where node_hash in (select node_hash from closure_nodes);

insert into visitor_ids by name
select * exclude (node), md5_number_lower(shop_id || chr(31) || node)::ubigint as node_hash
from (
    select
        unnest($id_shops::varchar[]) as shop_id,
        unnest($id_visitors::varchar[]) as visitor_id,
        unnest($id_nodes::varchar[]) as node,
        unnest($kinds::varchar[]) as kind,
        unnest($ids::varchar[]) as value,
        unnest($firsts::timestamp[]) as first_at
) told;
