-- All rates that the control data has, in the place of those that were told before.
-- takes: shops varchar[], currencies varchar[], days date[], rates varchar[]
delete from rates;

insert into rates by name
select
    unnest($shops::varchar[]) as shop_id,
    unnest($currencies::varchar[]) as currency,
    unnest($days::date[]) as day,
    unnest($rates::varchar[])::decimal(18, 8) as rate
order by all;
