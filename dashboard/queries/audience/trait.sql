-- title: Where and on what
-- takes: shop varchar, since timestamp, until timestamp, trait varchar, traits varchar[]
-- gives: visitor_id varchar
-- define: Visitors with a session that began in the days on one of these devices, browsers or systems, or from one of these channels, campaigns, pages or sites, without bots.
-- rows: 100000000
select distinct visitor_id
from sessions
where shop_id = $shop
  and started_at >= $since
  and started_at < $until
  and not bot
  and list_contains(
        $traits::varchar[],
        case $trait
            when 'device_type' then device_type
            when 'browser' then browser
            when 'os' then os
            when 'channel' then channel
            when 'utm_source' then utm_source
            when 'utm_medium' then utm_medium
            when 'utm_campaign' then utm_campaign
            when 'referrer' then referrer_host
            when 'landing' then rtrim(
                regexp_extract(landing_url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?/{0,2}([^?#]*)', 1), '/'
            )
            else null
        end
  )
