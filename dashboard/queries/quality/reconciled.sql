-- title: Orders that do not match the shop's export
-- takes: reconciled varchar
-- gives: number varchar, outcome varchar, reason varchar, day date, order_key varchar, there decimal(18, 4), here decimal(18, 4), status_there varchar, status_here varchar
-- define: Orders of the chosen reconciliation that are missing here, unknown in the export, or differ in amount or else in status, each with the likeliest reason; up to 10,000 are kept.
-- rows: 10000
select
    one.number as number,
    one.outcome as outcome,
    one.reason as reason,
    one.day as day,
    one.order_key as order_key,
    one.there as there,
    one.here as here,
    one.status_there as status_there,
    one.status_here as status_here
from (
    select unnest(from_json(
        $reconciled::varchar,
        '[{"number":"VARCHAR","outcome":"VARCHAR","reason":"VARCHAR","day":"DATE","order_key":"VARCHAR",
           "there":"DECIMAL(18,4)","here":"DECIMAL(18,4)","status_there":"VARCHAR","status_here":"VARCHAR"}]'
    )) as one
) told
order by
    case one.outcome
        when 'missing_here' then 1
        when 'unknown_there' then 2
        when 'amount_differs' then 3
        else 4
    end,
    one.day,
    one.number
