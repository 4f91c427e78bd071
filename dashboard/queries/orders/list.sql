-- title: Orders
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, tab varchar, tool varchar, code varchar, find varchar, page_size bigint, page_offset bigint
-- gives: order_key varchar, placed_at timestamp, revenue decimal(18, 4), net decimal(18, 4), currency varchar, own decimal(18, 4), own_currency varchar, lines integer, visitor_id varchar, credited decimal(38, 4), attributed double, tools varchar, order_status varchar, cancelled boolean, returned varchar, versions integer, found bigint
-- define: Orders placed in the period, newest first, without bots. Revenue is what the page counts, net is what is left of booked revenue after cancellations and returns, own is booked revenue in the order's own currency; returned says whether nothing, a part or the whole was given back; credited is the revenue of their lines that a storefront tool helped, attributed its share of the order's revenue.
with credits as materialized (
    -- include: attribution/credits
),
earned as (
    select
        order_key,
        sum(earned) as credited,
        count(*) filter (where touch_id is not null) as credits,
        count(*) filter (
            where touch_id is not null
              and ($tool::varchar is null or recommended_by = $tool)
              and ($code::varchar is null or recommended_code = $code)
        ) as matching
    from credits
    group by order_key
),
shown as (
    select
        o.*,
        coalesce(e.credited, 0) as credited,
        v.revenue as valued,
        count(*) over () as found
    from orders o
    left join (
        -- include: attribution/valued
    ) v
      on v.order_key = o.order_key
    left join earned e
      on e.order_key = o.order_key
    where o.shop_id = $shop
      and o.placed_at >= $start
      and o.placed_at < $until
      and not o.bot
      and (($tool::varchar is null and $code::varchar is null) or coalesce(e.matching, 0) > 0)
      and ($tab <> 'credited' or coalesce(e.credits, 0) > 0)
      and ($tab <> 'unattributed' or coalesce(e.credits, 0) = 0)
      and (
          $find::varchar is null
          or o.visitor_id = $find
          or contains(lower(o.order_key), lower($find::varchar))
      )
    order by o.placed_at desc, o.order_key
    limit $page_size
    offset $page_offset
),
tools as (
    select order_key, string_agg(distinct recommended_by, ', ' order by recommended_by) as tools
    from credits
    where touch_id is not null
      and order_key in (select order_key from shown)
    group by order_key
)
select
    s.order_key,
    s.placed_at,
    s.revenue,
    cast(s.revenue - s.undone as decimal(18, 4)) as net,
    coalesce(s.currency, $currency) as currency,
    b.revenue as own,
    coalesce(b.currency, $currency) as own_currency,
    s.lines,
    s.visitor_id,
    s.credited,
    case
        when s.visitor_id is null or s.valued = 0 then null
        else s.credited::double / s.valued::double
    end as attributed,
    coalesce(t.tools, '') as tools,
    s.order_status,
    s.cancelled,
    case
        when b.undone = 0 and b.undone_units = 0 then 'nothing'
        when b.revenue > 0 and b.undone >= b.revenue then 'whole'
        when b.units > 0 and b.undone_units >= b.units then 'whole'
        else 'part'
    end as returned,
    s.versions,
    s.found
from shown s
join main.orders b
  on b.shop_id = s.shop_id
 and b.order_key = s.order_key
left join tools t
  on t.order_key = s.order_key
order by s.placed_at desc, s.order_key
