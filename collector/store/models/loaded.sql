-- What the batch brought.
select
    (select count(*) from lines) as requests,
    (select count(*) from arrived) - (select count(*) from repeated) as events,
    (select count(*) from repeated) as duplicates,
    (select coalesce(sum(len(refused)), 0) from lines)::bigint as refused;
