-- Which session every event belongs to. A session is a run of one (shop, node, session_id)
-- without a gap of the shop's length; events without a session_id have runs of their own. What a
-- shop's server says of an order later, or asks to erase, is nobody's visit.
create or replace temp table groups as
select
    row_number() over () as gid,
    g.*,
    md5_number_lower(g.shop_id || chr(31) || g.node || chr(31) || g.part)::ubigint as group_hash,
    coalesce(r.gap_s, 7200) * 1000000 as gap
from (
    select shop_id, node, coalesce(session_id, '') as part, min(ts) as first_ts
    from arrived
    where node is not null
      and not ((event = 'order_status' or coalesce(custom_name, '') = 'erasure_request') and session_id is null)
      and rowid not in (select n from repeated)
    group by shop_id, node, part
) g
left join rules r on r.shop_id = g.shop_id;

-- Stored sessions of these groups, in three steps: places by hash, rows by place, the true ones.
create or replace temp table found_runs as
select s.rowid as rid, g.gid
from sessions s
join groups g on g.group_hash = s.group_hash;

select coalesce(min(rid), 0) from found_runs;
