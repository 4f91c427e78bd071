-- title: The same touches under every model
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: place integer, model varchar, usual boolean, currency varchar, revenue decimal(38, 4), attributed decimal(38, 4), share double, orders bigint, all_orders bigint, moved decimal(38, 4), moved_share double
-- define: Per model the revenue that it credits to tools, of the same orders and the same touches that count under the rule of the page. A model only divides a line among its touches, so that attributed revenue and orders with credit are equal in all of them; moved is the part of it that goes to other tools than under the rule's own winner.
-- shares: claims/credited
with credited as (
    -- include: claims/credited
),
summed as (
    select
        part,
        currency,
        recommended_by,
        sum(last_earned) as last_earned,
        sum(first_earned) as first_earned,
        sum(linear_earned) as linear_earned,
        sum(time_decay_earned) as time_decay_earned,
        sum(position_earned) as position_earned,
        sum(orders)::bigint as orders
    from credited
    group by part, currency, recommended_by
),
-- Where every touch is a click before the add, the last of them is the last before the add.
rule as (
    select case
        when winner = 'first_to_cart' and kinds = 'click_before_add' then 'last'
        else winner
    end as winner
    from (
        -- include: attribution/presets
    ) presets
    where preset = $preset
),
earned as (
    select 1 as place, 'last' as model, part, currency, recommended_by, last_earned as earned, orders from summed
    union all
    select 2, 'first', part, currency, recommended_by, first_earned, orders from summed
    union all
    select 3, 'linear', part, currency, recommended_by, linear_earned, orders from summed
    union all
    select 4, 'time_decay', part, currency, recommended_by, time_decay_earned, orders from summed
    union all
    select 5, 'position', part, currency, recommended_by, position_earned, orders from summed
),
compared as (
    select
        e.*,
        sum(case when e.model = r.winner then e.earned else null end) over (partition by e.part, e.currency, e.recommended_by) as usually,
        e.model = r.winner as usual
    from earned e
    cross join rule r
),
models as (
    select
        place,
        model,
        usual,
        currency,
        sum(case when part = 'revenue' then earned else 0 end) as revenue,
        sum(case when part = 'tool' then earned else 0 end) as attributed,
        sum(case when part = 'revenue' then orders when part = 'unattributed' then -orders else 0 end)::bigint as orders,
        sum(case when part = 'revenue' then orders else 0 end)::bigint as all_orders,
        case
            when count(usually) = 0 then null
            else sum(case when part = 'tool' and earned > usually then earned - usually else 0 end)
        end as moved
    from compared
    group by place, model, usual, currency
)
select
    place,
    model,
    usual,
    currency,
    cast(revenue as decimal(38, 4)) as revenue,
    cast(attributed as decimal(38, 4)) as attributed,
    attributed::double / nullif(revenue, 0)::double as share,
    orders,
    all_orders,
    cast(moved as decimal(38, 4)) as moved,
    moved::double / nullif(attributed, 0)::double as moved_share
from models
order by currency <> $currency, currency, place
