-- Orders here that an export may be compared with: those of its days, and any that it names.
select
    order_key,
    coalesce(transaction_id, '') as number,
    transaction_id is null or regexp_matches(transaction_id, '^auto-[0-9a-f]{20}$') as unnumbered,
    placed_at,
    coalesce("value", revenue) as amount,
    revenue,
    lines_total,
    coalesce(currency, $currency) as currency,
    coalesce(order_status, '') as status,
    cancelled,
    bot
from orders
where shop_id = $shop
  and (
    (placed_at >= $since and placed_at < $until)
    or transaction_id in (select unnest($numbers::varchar[]))
    or order_key in (select unnest($numbers::varchar[]))
  )
order by placed_at, order_key
