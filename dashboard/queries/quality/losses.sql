-- title: Events given up by the script
-- takes: shop varchar, start timestamp, until timestamp
-- gives: lost bigint, reports bigint, last_seen timestamp, request_id uuid
-- define: Events that browsers had to give up because they could not be sent for too long or were too many or too large to keep (100 events, 64 KiB, 7 days), as the next batch from there told; a million at most is believed of one report. Reports that never arrived are not in it.
select
    coalesce(sum(lost), 0)::bigint as lost,
    count(*) as reports,
    max(ts) as last_seen,
    arg_max(request_id, (ts, request_id)) as request_id
from losses
where shop_id = $shop
  and ts >= $start
  and ts < $until
