-- takes: low timestamp
-- Hours with anything of the batch, in which it was received, through which its sessions lasted, and with
-- sessions or orders of its visitors from when on they changed.
-- What an order was placed at before stands among its versions. `low` is null where the batch has no visitor.
create or replace temp table rollup_hours as
select distinct shop_id, date_trunc('hour', moment) as hour
from (
    select shop_id, ts as moment
    from arrived
    union all
    select shop_id, received_at as moment
    from arrived
    union all
    select v.shop_id, v.ts as moment
    from order_versions v
    join dirty_orders d
      on d.order_key = v.order_key
     and d.shop_id = v.shop_id
    union all
    select o.shop_id, o.placed_at as moment
    from orders o
    join dirty_orders d
      on d.order_key = o.order_key
     and d.shop_id = o.shop_id
    union all
    select shop_id, unnest(generate_series(date_trunc('hour', started_at), ended_at, interval 1 hour)) as moment
    from stored_runs
    union all
    select shop_id, unnest(generate_series(date_trunc('hour', started_at), ended_at, interval 1 hour)) as moment
    from session_rows
    union all
    select m.shop_id, m.started_at as moment
    from moved m
    union all
    select s.shop_id, s.started_at as moment
    from sessions s
    join rollup_since r
      on r.visitor_id = s.visitor_id
     and r.shop_id = s.shop_id
     and r.since <= s.ended_at
    where s.ended_at >= $low
    union all
    select o.shop_id, o.placed_at as moment
    from orders o
    join rollup_since r
      on r.visitor_id = o.visitor_id
     and r.shop_id = o.shop_id
     and r.since <= o.placed_at
    where o.placed_at >= $low
) touched;

update batches set batch = batch + 1;

delete from touched_hours
using rollup_hours h
where h.hour = touched_hours.hour
  and h.shop_id = touched_hours.shop_id;

insert into touched_hours
select h.shop_id, h.hour, b.batch
from rollup_hours h
cross join batches b;
