-- Which session every event belongs to. A session is a run of one (shop, visitor, session_id)
-- without a gap of the shop's length; events without a session_id have runs of their own.
create or replace temp table groups as
select
    row_number() over () as gid,
    g.*,
    coalesce(r.gap_s, 7200) * 1000000 as gap
from (
    select shop_id, visitor_id, coalesce(session_id, '') as part, min(ts) as first_ts
    from arrived
    where visitor_id is not null
      and rowid not in (select n from repeated)
    group by shop_id, visitor_id, part
) g
left join rules r on r.shop_id = g.shop_id;

create or replace temp table stored_runs as
select s.rowid as rid, g.gid, g.part, g.first_ts, g.gap, s.*
from sessions s
join groups g
  on g.shop_id = s.shop_id and g.visitor_id = s.visitor_id and g.part = coalesce(s.session_id, '');

-- The newest stored session of each group. It is late where an event is not later than what that
-- session begins with: from there on the group is told again from the events themselves.
create or replace temp table last_runs as
select *, landing_at >= first_ts as is_late
from stored_runs
where (gid, run) in (select (gid, max(run)) from stored_runs group by gid);

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
      on g.shop_id = a.shop_id and g.visitor_id = a.visitor_id and g.part = coalesce(a.session_id, '')
    left join last_runs l on l.gid = g.gid
    where a.rowid not in (select n from repeated)
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
