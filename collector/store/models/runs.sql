-- takes: low bigint (the first place of `found_runs`: active sessions stand at the end of their table)
create or replace temp table read_runs as
select f.rid, f.gid, s.*
from sessions s
join found_runs f on f.rid = s.rowid
where s.rowid >= $low;

create or replace temp table stored_runs as
select g.part, g.first_ts, g.gap, r.*
from read_runs r
join groups g
  on g.gid = r.gid
 and g.shop_id = r.shop_id
 and g.node = r.node
 and g.part = coalesce(r.session_id, '');

-- The newest stored session of each group. It is late where an event is not later than what that
-- session begins with: from there on the group is told again from the events themselves.
create or replace temp table last_runs as
select s.*, s.landing_at >= s.first_ts as is_late
from stored_runs s
join (select gid, max(run) as run from stored_runs group by gid) m on m.gid = s.gid and m.run = s.run;

create or replace temp table assigned as
with ordered as (
    select
        a.rowid as n,
        g.gid,
        g.part,
        g.gap,
        a.ts,
        a.event_id,
        l.run as last_run,
        l.session_key as last_key,
        l.ended_at,
        row_number() over w as nth,
        lag(a.ts) over w as before_ts
    from arrived a
    join groups g
      on g.shop_id = a.shop_id and g.node = a.node and g.part = coalesce(a.session_id, '')
    left join last_runs l on l.gid = g.gid
    where a.rowid not in (select n from repeated)
      and not ((a.event = 'order_status' or coalesce(a.custom_name, '') = 'erasure_request') and a.session_id is null)
      and not coalesce(l.is_late, false)
    window w as (partition by g.gid order by a.ts, a.request_id, a.seq)
),
stepped as (
    select
        *,
        sum(case
            when coalesce(before_ts, ended_at) is null then 1
            when date_diff('microsecond', greatest(before_ts, ended_at), ts) >= gap then 1
            else 0
        end) over (
            partition by gid order by nth rows between unbounded preceding and current row
        )::integer as step
    from ordered
),
begun as (
    select gid, step, arg_min(event_id, nth) as first_id
    from stepped
    where part = ''
    group by gid, step
)
select
    s.n,
    s.gid,
    s.nth,
    coalesce(s.last_run, 0) + s.step as run,
    case
        when s.step = 0 then s.last_key
        when s.part = '' then '~' || b.first_id
        when coalesce(s.last_run, 0) + s.step = 1 then s.part
        else s.part || '#' || (coalesce(s.last_run, 0) + s.step)
    end as session_key
from stepped s
left join begun b on b.gid = s.gid and b.step = s.step;
