-- title: Days that are checked
-- takes: checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: slot timestamp, day date
-- define: Every quarter of an hour of the checked days that has begun, with the shop's day it belongs to; so that the clock of the shop is asked once a slot and not once a row.
select
    slot,
    cast(timezone($zone, timezone('UTC', slot)) as date) as day
from (
    select unnest(generate_series(
        $checked_from::timestamp,
        least($until::timestamp, $now::timestamp) - interval 1 microsecond,
        interval 15 minutes
    )) as slot
) as slots
