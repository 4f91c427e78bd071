-- title: Sessions by what they came from
-- takes: shop varchar, until timestamp
-- gives: session_key varchar, visitor_id varchar, started_at timestamp, direct boolean, channel varchar, campaign varchar, landing varchar, referrer varchar
-- define: Every session that began before the end of the period, without bots, and what it came by: the channel, the campaign of its link (source, medium and campaign with a unit separator between them), the page it landed on without what follows ? or #, and the host that referred it. A text that nobody sent is empty.
-- rows: 100000000
select
    session_key,
    visitor_id,
    started_at,
    coalesce(channel, 'direct') = 'direct' as direct,
    coalesce(channel, '') as channel,
    concat_ws(chr(31), coalesce(utm_source, ''), coalesce(utm_medium, ''), coalesce(utm_campaign, '')) as campaign,
    coalesce(rtrim(
        regexp_extract(landing_url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?/{0,2}([^?#]*)', 1), '/'
    ), '') as landing,
    coalesce(referrer_host, '') as referrer
from sessions
where shop_id = $shop
  and not bot
  and started_at < $until
