-- title: Checked days that are over, and the same weekdays before
-- takes: checked_from timestamp, until timestamp, now timestamp, zone varchar
-- gives: slot timestamp, day date, checked boolean
-- define: Every quarter of an hour of the checked days that are over and of the 28 days before them, with the shop's day it belongs to.
select
    slot,
    cast(timezone($zone, timezone('UTC', slot)) as date) as day,
    slot >= $checked_from::timestamp as checked
from (
    select unnest(generate_series(
        time_bucket(
            interval 15 minutes,
            timezone('UTC', timezone($zone, timezone($zone, timezone('UTC', $checked_from::timestamp)) - interval 28 day))
        ),
        least($until::timestamp, timezone('UTC', timezone($zone,
            cast(cast(timezone($zone, timezone('UTC', $now::timestamp)) as date) as timestamp)
        ))) - interval 1 microsecond,
        interval 15 minutes
    )) as slot
) as slots
