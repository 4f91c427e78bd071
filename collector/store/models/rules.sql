-- takes: shops varchar[], gaps bigint[], cancelled varchar[][]
create or replace temp table rules as
select
    unnest($shops::varchar[]) as shop_id,
    unnest($gaps::bigint[]) as gap_s,
    unnest($cancelled::varchar[][], max_depth := 1) as cancelled;
