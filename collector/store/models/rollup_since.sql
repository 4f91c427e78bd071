-- From when on answers about a visitor may have changed by the batch: the earliest of its events, of the
-- sessions that it changed (before and after), of sessions that became somebody else's, of versions of
-- the orders that are told again, and of clicks that an event remembers.
create or replace temp table rollup_since as
select shop_id, visitor_id, min(moment) as since
from (
    select shop_id, visitor_id, ts as moment
    from arrived
    union all
    select
        shop_id,
        visitor_id,
        make_timestamp_ms(floor(try_cast(json_extract_string(props, '$.msg_at') as double))::bigint) as moment
    from arrived
    where recommended_by is not null
      and contains(props, '"msg_at"')
      and try_cast(json_extract_string(props, '$.msg_at') as double) between 1 and epoch_ms(ts)
    union all
    select shop_id, visitor_id, started_at as moment
    from session_rows
    union all
    select shop_id, visitor_id, started_at as moment
    from stored_runs
    union all
    select shop_id, old_id as visitor_id, started_at as moment
    from moved
    union all
    select shop_id, new_id as visitor_id, started_at as moment
    from moved
    union all
    select v.shop_id, v.visitor_id, v.ts as moment
    from order_versions v
    join dirty_orders d
      on d.order_key = v.order_key
     and d.shop_id = v.shop_id
) changed
where visitor_id is not null
group by shop_id, visitor_id;

select min(since) from rollup_since;
