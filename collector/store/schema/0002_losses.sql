-- Derived: events that a page's queue had to give up, as the next batch from there told.
create table losses (
    shop_id    varchar   not null,
    ts         timestamp not null,
    request_id uuid      not null,
    lost       bigint    not null
);

insert into losses by name
select
    shop_id,
    ts,
    request_id,
    least(lost, 1000000) as lost
from (
    select
        shop_id,
        ts,
        request_id,
        try_cast(json_extract_string(props, '$.lost') as bigint) as lost
    from events
    where endpoint = 'rees46.collect'
      and seq = 0
      and contains(props, '"lost"')
) told
where lost > 0;
