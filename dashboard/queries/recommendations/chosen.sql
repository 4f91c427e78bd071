-- title: Credited lines, told apart by the chips of the page
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar, tab varchar, tool varchar, code varchar
-- gives: order_key varchar, visitor_id varchar, placed_at timestamp, currency varchar, part varchar, recommended_by varchar, recommended_code varchar, earned decimal(18, 4)
-- define: One row a line and touch: the part is tool for what the chips leave, other for what they hide, unattributed where nothing helped. What the parts earned sums to the revenue of all lines.
-- rows: 1000000
select
    order_key,
    visitor_id,
    placed_at,
    currency,
    part,
    case when part = 'tool' then recommended_by else '' end as recommended_by,
    case when part = 'tool' and $tab = 'codes' then recommended_code else '' end as recommended_code,
    case when part = 'unattributed' then revenue else earned end as earned
from (
    select
        *,
        case
            when touch_id is null then 'unattributed'
            when ($tool::varchar is null or recommended_by = $tool)
             and ($code::varchar is null or recommended_code = $code) then 'tool'
            else 'other'
        end as part
    from (
        -- include: attribution/credits
    ) credits
) parted
