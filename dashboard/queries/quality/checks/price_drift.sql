-- title: Bought at another price than viewed
-- takes: shop varchar, checked_from timestamp, until timestamp, now timestamp, zone varchar, currency varchar
-- gives: day date, value double, found bigint, base bigint, about varchar, ids varchar[], said varchar[]
-- define: Order lines whose unit price lies more than one per cent outside the prices at which their product was viewed on the day of the order, in the same currency, of all order lines with a price whose product was viewed with one that day; robots and prices of 0 are left out.
-- seconds: 10
with days as (
    -- include: quality/days
),
prices as (
    -- include: quality/viewed_prices
),
judged as (
    select
        d.day as day,
        l.order_key,
        l.line,
        l.placed_at,
        l.item_id || ': ' || l.price::varchar || ', ' || p.low::varchar || ' – ' || p.high::varchar as said,
        l.price < p.low * 0.99 or l.price > p.high * 1.01 as drifted
    from order_lines l
    join days d on d.slot = time_bucket(interval 15 minutes, l.placed_at)
    join prices p
      on p.item_id = l.item_id
     and p.day = d.day
     and p.currency = coalesce(l.currency, $currency)
    where l.shop_id = $shop
      and l.placed_at >= $checked_from
      and l.placed_at < $until
      and l.price > 0
      and not l.bot
),
numbers as (
    select
        day,
        count(*) filter (where drifted) as found,
        count(*) as base,
        arg_max(order_key, (placed_at, order_key, line), 5) filter (where drifted) as ids,
        arg_max(said, (placed_at, order_key, line), 5) filter (where drifted) as said
    from judged
    group by day
)
select
    d.day as day,
    n.found::double / nullif(n.base, 0) as value,
    coalesce(n.found, 0) as found,
    coalesce(n.base, 0) as base,
    null::varchar as about,
    coalesce(n.ids, []) as ids,
    coalesce(n.said, []) as said
from (select day from days group by day) d
left join numbers n on n.day = d.day
order by d.day
