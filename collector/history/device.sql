-- Whether a device is known, its newest session id, and when that and a given one were last used.
-- takes: shop varchar, did varchar, sid varchar
select
    count(*) as sessions,
    arg_max(session_id, ended_at) filter (where session_id is not null) as sid,
    max(ended_at) filter (where session_id is not null) as last_at,
    max(ended_at) filter (where session_id = $sid) as sid_last_at
from sessions
where shop_id = $shop
  and node_hash = md5_number_lower($shop || chr(31) || $did)::ubigint
  and node = $did;
