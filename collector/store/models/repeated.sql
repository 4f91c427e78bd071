-- Rows that repeat an event: the first stored wins, within the batch as well.
create or replace temp table repeated as
select n
from (
    select
        n,
        event_id,
        row_number() over (partition by event_id order by line, seq, n) as copy
    from keyed
) k
where copy > 1
   or event_id in (select event_id from known);
