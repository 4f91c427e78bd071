-- title: Step by step, apart
-- takes: shop varchar, start timestamp, until timestamp, steps varchar[], unit varchar, window varchar, within bigint, split varchar
-- gives: name varchar, units_1 bigint, units_2 bigint, units_3 bigint, units_4 bigint, units_5 bigint, units_6 bigint, converted double
-- shares: funnels/sources
-- seconds: 15
-- define: The same counts by kind of device, channel or tool of the session in which the first step of the period was taken; the tool is the storefront tool that was clicked or added from first in that session, and the name is empty where there is none. Every session (or visitor) stands in one row, so the rows sum to the steps. Converted is the last step divided by the first.
with reached as (
    -- include: funnels/sources
),
numbers as (
    select
        case $split
            when 'tool' then tool
            when 'channel' then channel
            else device_type
        end as name,
        count(*) as units_1,
        count(took_2) as units_2,
        count(took_3) as units_3,
        count(took_4) as units_4,
        count(took_5) as units_5,
        count(took_6) as units_6
    from reached
    group by case $split
        when 'tool' then tool
        when 'channel' then channel
        else device_type
    end
)
select
    name,
    units_1,
    units_2,
    units_3,
    units_4,
    units_5,
    units_6,
    case len($steps)
        when 2 then units_2
        when 3 then units_3
        when 4 then units_4
        when 5 then units_5
        else units_6
    end::double / nullif(units_1, 0) as converted
from numbers
order by units_1 desc, name nulls last
