-- takes: agents varchar[], browsers varchar[], systems varchar[], kinds varchar[], bots boolean[]
create or replace temp table agents as
select
    unnest($agents::varchar[]) as user_agent,
    unnest($browsers::varchar[]) as browser,
    unnest($systems::varchar[]) as os,
    unnest($kinds::varchar[]) as device_type,
    unnest($bots::boolean[]) as bot;
