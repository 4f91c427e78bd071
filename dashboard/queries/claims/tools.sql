-- title: What each model credits to each tool
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: part varchar, currency varchar, recommended_by varchar, last_earned decimal(38, 4), first_earned decimal(38, 4), linear_earned decimal(38, 4), time_decay_earned decimal(38, 4), position_earned decimal(38, 4)
-- define: Per tool the revenue that each model credits to it, over the same touches. The first 50 tools of a currency (part tool), all others together (rest) and what no touch counts for (unattributed) sum to all revenue (revenue) under each model, to the last digit.
-- shares: claims/credited
with ranked as (
    select
        *,
        row_number() over (
            partition by part, currency
            order by last_earned + first_earned + linear_earned + time_decay_earned + position_earned desc, recommended_by
        ) as place
    from (
        select
            part,
            currency,
            recommended_by,
            sum(last_earned) as last_earned,
            sum(first_earned) as first_earned,
            sum(linear_earned) as linear_earned,
            sum(time_decay_earned) as time_decay_earned,
            sum(position_earned) as position_earned
        from (
            -- include: claims/credited
        ) credited
        group by part, currency, recommended_by
    ) summed
),
listed as (
    select
        case when place > 50 then 'rest' else part end as part,
        currency,
        case when place > 50 then '' else recommended_by end as recommended_by,
        least(place, 51) as place,
        sum(last_earned) as last_earned,
        sum(first_earned) as first_earned,
        sum(linear_earned) as linear_earned,
        sum(time_decay_earned) as time_decay_earned,
        sum(position_earned) as position_earned
    from ranked
    group by all
)
select
    part,
    currency,
    recommended_by,
    cast(last_earned as decimal(38, 4)) as last_earned,
    cast(first_earned as decimal(38, 4)) as first_earned,
    cast(linear_earned as decimal(38, 4)) as linear_earned,
    cast(time_decay_earned as decimal(38, 4)) as time_decay_earned,
    cast(position_earned as decimal(38, 4)) as position_earned
from listed
order by
    currency <> $currency,
    currency,
    case part when 'tool' then 1 when 'rest' then 2 when 'unattributed' then 3 else 4 end,
    place
