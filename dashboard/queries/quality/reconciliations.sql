-- title: Reconciliations with the shop's own export
-- takes: reconciliations varchar
-- gives: id varchar, made_at timestamp, name varchar, currency varchar, tolerance decimal(18, 4), first_day date, last_day date, orders_there bigint, orders_here bigint, matched bigint, missing_here bigint, unknown_there bigint, amount_differs bigint, status_differs bigint, sum_there decimal(18, 4), sum_here decimal(18, 4), unreadable bigint, left_out bigint
-- define: The last comparisons of the shop's own export of orders ("there") with the orders stored here, newest first. Matched: in both, with equal amount (within the tolerance) and status. Sums are of orders in the shop's currency; those here are of the orders in both and of those that the export does not have on its days.
select
    one.id as id,
    one.made_at as made_at,
    one.name as name,
    one.currency as currency,
    one.tolerance as tolerance,
    one.first_day as first_day,
    one.last_day as last_day,
    one.orders_there as orders_there,
    one.orders_here as orders_here,
    one.matched as matched,
    one.missing_here as missing_here,
    one.unknown_there as unknown_there,
    one.amount_differs as amount_differs,
    one.status_differs as status_differs,
    one.sum_there as sum_there,
    one.sum_here as sum_here,
    one.unreadable as unreadable,
    one.left_out as left_out
from (
    select unnest(from_json(
        $reconciliations::varchar,
        '[{"id":"VARCHAR","made_at":"TIMESTAMP","name":"VARCHAR","currency":"VARCHAR","tolerance":"DECIMAL(18,4)",
           "first_day":"DATE","last_day":"DATE","orders_there":"BIGINT","orders_here":"BIGINT","matched":"BIGINT",
           "missing_here":"BIGINT","unknown_there":"BIGINT","amount_differs":"BIGINT","status_differs":"BIGINT",
           "sum_there":"DECIMAL(18,4)","sum_here":"DECIMAL(18,4)","unreadable":"BIGINT","left_out":"BIGINT"}]'
    )) as one
) told
order by one.made_at desc, one.id
