-- title: Order lines with the page's money
-- takes: money varchar, convert varchar, shop varchar, currency varchar, zone varchar
-- gives: shop_id varchar, order_key varchar, line integer, placed_at timestamp, visitor_id varchar, session_key varchar, item_id varchar, item_group_id varchar, item_variant varchar, item_name varchar, quantity decimal(18, 4), price decimal(18, 4), revenue decimal(18, 4), currency varchar, recommended_by varchar, recommended_code varchar, bot boolean, undone_quantity decimal(18, 4), undone decimal(18, 4), extra decimal(18, 4)
-- define: Every line as it is stored, but for its amounts, which sum to those of its order to the last digit, whatever money the page counts: net is what is kept of the line, gross has the line's part of shipping and tax, and a converted line is what its order's lines up to it are worth less those before it.
-- rows: 10000000
with summed as (
    select
        l.order_key,
        l.line,
        l.price,
        r.rate,
        l.revenue,
        l.revenue - l.undone as net,
        l.revenue + l.extra as gross,
        sum(l.revenue) over so_far as revenue_so_far,
        sum(l.revenue - l.undone) over so_far as net_so_far,
        sum(l.revenue + l.extra) over so_far as gross_so_far
    from main.order_lines l
    join (
        -- include: lens/rated
    ) r
      on r.order_key = l.order_key
    where l.shop_id = $shop
    window so_far as (
        partition by l.order_key order by l.line rows between unbounded preceding and current row
    )
),
worth as (
    select
        order_key,
        line,
        try_cast(cast(price as decimal(38, 4)) * rate as decimal(18, 4)) as price,
        cast(cast(revenue_so_far as decimal(38, 4)) * rate as decimal(18, 4))
        - cast(cast(revenue_so_far - revenue as decimal(38, 4)) * rate as decimal(18, 4)) as revenue,
        cast(cast(net_so_far as decimal(38, 4)) * rate as decimal(18, 4))
        - cast(cast(net_so_far - net as decimal(38, 4)) * rate as decimal(18, 4)) as net,
        cast(cast(gross_so_far as decimal(38, 4)) * rate as decimal(18, 4))
        - cast(cast(gross_so_far - gross as decimal(38, 4)) * rate as decimal(18, 4)) as gross
    from summed
),
converted as (
    select order_key, line, price, revenue, revenue - net as undone, gross - revenue as extra, $currency::varchar as currency
    from worth
)
select
    m.shop_id,
    m.order_key,
    m.line,
    m.placed_at,
    m.visitor_id,
    m.session_key,
    m.item_id,
    m.item_group_id,
    m.item_variant,
    m.item_name,
    m.quantity,
    m.price,
    cast(case $money
        when 'net' then m.revenue - m.undone
        when 'gross' then m.revenue + m.extra
        else m.revenue
    end as decimal(18, 4)) as revenue,
    m.currency,
    m.recommended_by,
    m.recommended_code,
    m.bot,
    m.undone_quantity,
    cast(case $money
        when 'net' then cast(0 as decimal(18, 4))
        when 'gross' then m.undone + m.extra
        else m.undone
    end as decimal(18, 4)) as undone,
    cast(case $money
        when 'net' then m.undone + m.extra
        when 'gross' then cast(0 as decimal(18, 4))
        else m.extra
    end as decimal(18, 4)) as extra
from (
    select
        l.shop_id,
        l.order_key,
        l.line,
        l.placed_at,
        l.visitor_id,
        l.session_key,
        l.item_id,
        l.item_group_id,
        l.item_variant,
        l.item_name,
        l.quantity,
        coalesce(c.price, l.price) as price,
        coalesce(c.revenue, l.revenue) as revenue,
        coalesce(c.currency, l.currency) as currency,
        l.recommended_by,
        l.recommended_code,
        l.bot,
        l.undone_quantity,
        coalesce(c.undone, l.undone) as undone,
        coalesce(c.extra, l.extra) as extra
    from main.order_lines l
    left join converted c
      on c.order_key = l.order_key
     and c.line = l.line
     and l.shop_id = $shop
) m
