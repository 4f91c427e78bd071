-- Where each late group must be told again from, and how many of its sessions lie before that.
create or replace temp table late as
select
    gid,
    any_value(shop_id) as shop_id,
    any_value(node) as node,
    any_value(part) as part,
    any_value(group_hash) as group_hash,
    any_value(gap) as gap,
    least(
        any_value(first_ts),
        min(started_at) filter (where date_diff('microsecond', ended_at, first_ts) < gap)
    ) as from_ts,
    coalesce(max(run) filter (where date_diff('microsecond', ended_at, first_ts) >= gap), 0) as runs_before
from stored_runs
where gid in (select gid from last_runs where is_late)
group by gid;
