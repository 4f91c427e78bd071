-- title: Steps of a chart
-- takes: start timestamp, until timestamp, now timestamp, zone varchar, grain varchar
-- gives: slot timestamp, step timestamp
-- define: Every quarter of an hour of the period that has begun, with the local hour or day it belongs to; so that the clock of the shop is asked once a slot and not once a row.
select
    slot,
    date_trunc($grain, timezone($zone, timezone('UTC', slot))) as step
from (
    select unnest(generate_series(
        $start::timestamp,
        least($until::timestamp, $now::timestamp) - interval 1 microsecond,
        interval 15 minutes
    )) as slot
) as slots
