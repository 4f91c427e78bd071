-- Rows of the orders that are told again. Amounts are counted in whole ten-thousandths here, so that
-- shares are exact: a share of the first n lines is cut, and a line has what lies between two of them.
-- The order's revenue over its lines: by amount, else by quantity, else evenly; what cutting leaves
-- goes to the largest line.
create or replace temp table shared_lines as
with weighed as (
    select
        l.*,
        (t.revenue::decimal(38, 4) * 10000)::hugeint as total,
        (t.extra::decimal(38, 4) * 10000)::hugeint as extra_total,
        t.lines_total = t.revenue and t.lines_total > 0 as as_priced,
        (case
            when coalesce(t.lines_total, 0) > 0 then greatest(coalesce(l.amount, 0), 0)
            when t.units > 0 then greatest(l.quantity, 0)
            else 1
        end::decimal(38, 4) * 10000)::hugeint as weight
    from line_rows l
    join order_totals t on t.shop_id = l.shop_id and t.order_key = l.order_key
),
shared as (
    select
        *,
        case
            when as_priced then weight
            else divide(total * weight, greatest(sum(weight) over (partition by shop_id, order_key), 1))
        end as share,
        row_number() over (partition by shop_id, order_key order by weight desc, line) as size_rank
    from weighed
)
select
    * exclude (weight, share, size_rank),
    share + case
        when size_rank = 1 then total - sum(share) over (partition by shop_id, order_key)
        else 0
    end as revenue
from shared;

create or replace temp table undone_lines as
with facts as (
    select
        l.*,
        coalesce(b.whole, false) or coalesce(list_contains(
            coalesce(r.cancelled, ['CANCELLED', 'cancelled', 'canceled', 'refunded']), s.order_status
        ), false) as nothing_kept,
        coalesce(q.quantity, 0) as back_quantity,
        (coalesce(b.amount, 0)::decimal(38, 4) * 10000)::hugeint as back_amount,
        count(*) over w as lines_so_far,
        count(*) over (partition by l.shop_id, l.order_key) as lines,
        sum(l.revenue) over w as revenue_so_far
    from shared_lines l
    left join statuses s on s.shop_id = l.shop_id and s.order_key = l.order_key
    left join rules r on r.shop_id = l.shop_id
    left join back_totals b on b.shop_id = l.shop_id and b.order_key = l.order_key
    left join back_quantities q on q.shop_id = l.shop_id and q.order_key = l.order_key and q.line = l.line
    window w as (
        partition by l.shop_id, l.order_key order by l.line rows between unbounded preceding and current row
    )
),
returned as (
    select
        *,
        case
            when back_quantity <= 0 then 0
            when back_quantity >= quantity then revenue
            else divide(
                revenue * (back_quantity::decimal(38, 4) * 10000)::hugeint,
                (quantity::decimal(38, 4) * 10000)::hugeint
            )
        end as goods_back
    from facts
),
kept as (
    select
        *,
        revenue - goods_back as kept,
        sum(revenue - goods_back) over (
            partition by shop_id, order_key order by line rows between unbounded preceding and current row
        ) as kept_so_far,
        sum(revenue - goods_back) over (partition by shop_id, order_key) as kept_total
    from returned
)
select
    shop_id,
    order_key,
    line,
    revenue,
    case
        when nothing_kept then revenue
        else goods_back
            + divide(least(back_amount, kept_total) * kept_so_far, greatest(kept_total, 1))
            - divide(least(back_amount, kept_total) * (kept_so_far - kept), greatest(kept_total, 1))
    end as undone,
    case when nothing_kept then quantity else back_quantity end as undone_quantity,
    case
        when total > 0
            then divide(extra_total * revenue_so_far, total) - divide(extra_total * (revenue_so_far - revenue), total)
        else divide(extra_total * lines_so_far, lines) - divide(extra_total * (lines_so_far - 1), lines)
    end as extra
from kept;

delete from orders using dirty_orders d where d.order_key = orders.order_key and d.shop_id = orders.shop_id;

insert into orders by name
with undone as (
    select shop_id, order_key, sum(undone) as undone, sum(undone_quantity) as units
    from undone_lines
    group by shop_id, order_key
),
judged as (
    select
        h.shop_id,
        h.order_key,
        coalesce(list_contains(
            coalesce(r.cancelled, ['CANCELLED', 'cancelled', 'canceled', 'refunded']), s.order_status
        ), false) as cancelled,
        s.order_status
    from headers h
    left join statuses s on s.shop_id = h.shop_id and s.order_key = h.order_key
    left join rules r on r.shop_id = h.shop_id
)
select
    h.shop_id,
    h.order_key,
    h.transaction_id,
    h.placed_at,
    h.updated_at,
    h.vendor,
    h.who.visitor_id as visitor_id,
    h.who.device_id as device_id,
    h.who.user_id as user_id,
    h.who.session_key as session_key,
    coalesce(t.revenue, 0) as revenue,
    h."value",
    t.lines_total,
    h.shipping,
    h.tax,
    h.currency,
    h.coupon,
    h.payment_type,
    j.order_status,
    t.lines,
    t.units,
    h.versions,
    h."value" is null as computed,
    j.cancelled,
    h.event_id,
    h.bot,
    case
        when u.order_key is not null then (u.undone::decimal(38, 0) * 0.0001)::decimal(18, 4)
        when j.cancelled or coalesce(b.whole, false) then t.revenue
        else least(coalesce(b.amount, 0), t.revenue)
    end as undone,
    t.extra,
    coalesce(try_cast(u.units as decimal(18, 4)), 0) as undone_units,
    coalesce(b.refunds, 0) as refunds,
    coalesce(b.refunds_apart, 0) as refunds_apart
from headers h
join order_totals t on t.shop_id = h.shop_id and t.order_key = h.order_key
join judged j on j.shop_id = h.shop_id and j.order_key = h.order_key
left join undone u on u.shop_id = h.shop_id and u.order_key = h.order_key
left join back_totals b on b.shop_id = h.shop_id and b.order_key = h.order_key
order by h.shop_id, h.placed_at, h.order_key;

delete from order_lines using dirty_orders d where d.order_key = order_lines.order_key and d.shop_id = order_lines.shop_id;

insert into order_lines by name
select
    l.shop_id,
    l.order_key,
    l.line::integer as line,
    h.placed_at,
    h.who.visitor_id as visitor_id,
    h.who.session_key as session_key,
    l.item_id,
    l.item_group_id,
    l.item_variant,
    l.item_name,
    l.quantity,
    l.price,
    (l.revenue::decimal(38, 0) * 0.0001)::decimal(18, 4) as revenue,
    u.undone_quantity,
    (u.undone::decimal(38, 0) * 0.0001)::decimal(18, 4) as undone,
    (u.extra::decimal(38, 0) * 0.0001)::decimal(18, 4) as extra,
    h.currency,
    l.recommended_by,
    l.recommended_code,
    h.bot
from shared_lines l
join undone_lines u on u.shop_id = l.shop_id and u.order_key = l.order_key and u.line = l.line
join headers h on h.shop_id = l.shop_id and h.order_key = l.order_key
order by h.shop_id, h.placed_at, h.order_key, l.line;
