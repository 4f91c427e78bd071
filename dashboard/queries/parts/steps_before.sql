-- title: Steps of the comparison
-- takes: prev_start timestamp, prev_until timestamp, zone varchar, grain varchar, shift_days bigint
-- gives: slot timestamp, step timestamp
-- define: Every quarter of an hour of the comparison, with the local hour or day of the period against which it stands.
select
    slot,
    date_trunc($grain, timezone($zone, timezone('UTC', slot))) + to_days($shift_days::integer) as step
from (
    select unnest(generate_series(
        $prev_start::timestamp,
        $prev_until::timestamp - interval 1 microsecond,
        interval 15 minutes
    )) as slot
) as slots
