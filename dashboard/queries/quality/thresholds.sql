-- title: Thresholds of the checks
-- takes: thresholds varchar
-- gives: name varchar, warn double, alarm double, own boolean
-- define: From which value on each check warns and alarms; null is never. Own ones were set for this shop, the others come with the check.
select one.name as name, one.warn as warn, one.alarm as alarm, one.own as own
from (
    select unnest(from_json(
        $thresholds::varchar, '[{"name":"VARCHAR","warn":"DOUBLE","alarm":"DOUBLE","own":"BOOLEAN"}]'
    )) as one
) told
order by one.name
