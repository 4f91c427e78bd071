-- What the pages of the batch say they had to give up (docs/wire/r46.md §5.5): on the first event of a
-- request, so that a request that is sent again adds nothing. A million at most is believed.
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
    from arrived
    where endpoint = 'rees46.collect'
      and seq = 0
      and contains(props, '"lost"')
      and rowid not in (select n from repeated)
) told
where lost > 0;
