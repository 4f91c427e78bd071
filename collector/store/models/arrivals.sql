-- takes: pages varchar[], referrers varchar[], sources varchar[], mediums varchar[], campaigns varchar[], contents varchar[], terms varchar[], hosts varchar[], channels varchar[]
create or replace temp table arrivals as
select
    unnest($pages::varchar[]) as page_key,
    unnest($referrers::varchar[]) as referrer_key,
    unnest($sources::varchar[]) as utm_source,
    unnest($mediums::varchar[]) as utm_medium,
    unnest($campaigns::varchar[]) as utm_campaign,
    unnest($contents::varchar[]) as utm_content,
    unnest($terms::varchar[]) as utm_term,
    unnest($hosts::varchar[]) as referrer_host,
    unnest($channels::varchar[]) as channel;
