-- title: What five models credit to each tool, to be added up
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: part varchar, currency varchar, recommended_by varchar, last_earned decimal(38, 4), first_earned decimal(38, 4), linear_earned decimal(38, 4), time_decay_earned decimal(38, 4), position_earned decimal(38, 4), orders bigint
-- define: Per tool and currency (the part tool) the revenue of the period's lines that each of five models gives it, over the same touches that count under the preset; what no touch counts for (unattributed) and all revenue (revenue) stand beside, the same in every model. orders of the part revenue are all, those of unattributed the ones without any credit. An order belongs to the day on which it was placed, so that days add up to a period.
-- settles: day
with rules as materialized (
    -- include: attribution/chosen
),
units as materialized (
    -- include: attribution/units with attribution/chosen as rules
),
-- One pass over the touches of each line, oldest first, is enough for all models. A touch earns what
-- the line is worth up to it less what it is worth up to the one before, so that nothing is lost in
-- rounding; what comes off belongs to the tool of the touch that follows.
-- Ages are counted from the order: the quotients are those of the ages from the latest touch.
ranked as materialized (
    select
        unit,
        recommended_by,
        lead(recommended_by) over touched as next_by,
        row_number() over touched as place,
        sum(strength) over (touched rows between unbounded preceding and current row) as upto
    from (
        select
            unit,
            touched_at,
            touch_id,
            recommended_by,
            greatest(pow(2, -date_diff('microsecond', touched_at, placed_at)::double
                / case when kind = 'message_click' then 604800000000 else 86400000000 end), 1e-300) as strength
        from (
            -- include: attribution/eligible with attribution/chosen as rules, attribution/units as units
        ) eligible
    ) aged
    window touched as (partition by unit order by touched_at, touch_id)
),
helped as materialized (
    select u.unit, u.order_key, u.line, u.currency, u.revenue, r.touches, r.whole
    from units u
    join (
        select unit, count(*) as touches, max(upto) as whole
        from ranked
        group by unit
    ) r
      on r.unit = u.unit
),
worth as (
    select
        u.currency,
        r.recommended_by,
        r.next_by,
        case when r.place = u.touches then u.revenue else 0 end as last_worth,
        case when r.place = 1 then u.revenue else 0 end as first_worth,
        case
            when r.place = u.touches then u.revenue
            else cast(u.revenue * cast(r.place::double / u.touches as decimal(10, 8)) as decimal(18, 4))
        end as linear_worth,
        case
            when r.place = u.touches then u.revenue
            else cast(u.revenue * cast(least(1, r.upto / u.whole) as decimal(10, 8)) as decimal(18, 4))
        end as time_decay_worth,
        case
            when r.place = u.touches then u.revenue
            when u.touches = 2 then cast(u.revenue * cast(0.5 as decimal(10, 8)) as decimal(18, 4))
            else cast(u.revenue * cast(0.4 + 0.2 * (r.place - 1)::double / (u.touches - 2) as decimal(10, 8)) as decimal(18, 4))
        end as position_worth
    from ranked r
    join helped u
      on u.unit = r.unit
),
steps as (
    select
        currency,
        recommended_by,
        next_by,
        sum(last_worth) as last_worth,
        sum(first_worth) as first_worth,
        sum(linear_worth) as linear_worth,
        sum(time_decay_worth) as time_decay_worth,
        sum(position_worth) as position_worth
    from worth
    group by currency, recommended_by, next_by
),
tools as (
    select
        currency,
        recommended_by,
        sum(last_worth) as last_earned,
        sum(first_worth) as first_earned,
        sum(linear_worth) as linear_earned,
        sum(time_decay_worth) as time_decay_earned,
        sum(position_worth) as position_earned
    from (
        select *
        from steps
        union all
        select currency, next_by, null, 0, 0, -linear_worth, -time_decay_worth, -position_worth
        from steps
        where next_by is not null
    ) moved
    group by currency, recommended_by
),
placed as (
    select order_key, lines, unit as counted_by, revenue, currency
    from (
        -- include: attribution/valued with attribution/chosen as rules
    ) valued
),
credited as (
    select distinct order_key
    from helped
),
idle as (
    select currency, sum(revenue) as revenue
    from (
        select l.currency, l.revenue
        from (
            -- include: attribution/lines with attribution/chosen as rules
        ) l
        left join helped c
          on c.order_key = l.order_key
         and c.line = l.line
        where c.order_key is null
        union all
        select currency, revenue
        from placed
        where lines = 0
          and counted_by = 'line'
    ) untouched
    group by currency
),
totals as (
    select
        p.currency,
        sum(p.revenue) as revenue,
        count(*) as all_orders,
        count(*) filter (where c.order_key is null) as without
    from placed p
    left join credited c
      on c.order_key = p.order_key
    group by p.currency
)
select
    'tool' as part,
    currency,
    recommended_by,
    cast(last_earned as decimal(38, 4)) as last_earned,
    cast(first_earned as decimal(38, 4)) as first_earned,
    cast(linear_earned as decimal(38, 4)) as linear_earned,
    cast(time_decay_earned as decimal(38, 4)) as time_decay_earned,
    cast(position_earned as decimal(38, 4)) as position_earned,
    cast(null as bigint) as orders
from tools
union all
select
    'unattributed',
    t.currency,
    '',
    coalesce(i.revenue, 0),
    coalesce(i.revenue, 0),
    coalesce(i.revenue, 0),
    coalesce(i.revenue, 0),
    coalesce(i.revenue, 0),
    t.without
from totals t
left join idle i
  on i.currency = t.currency
union all
select 'revenue', currency, '', revenue, revenue, revenue, revenue, revenue, all_orders
from totals
