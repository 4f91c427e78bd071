-- title: Direct revenue of the arms
-- takes: preset varchar, model varchar, own_presets varchar[][], effects varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, zone varchar, id varchar
-- gives: arm varchar, direct_revenue decimal(38, 4)
-- shares: experiments/assigned
-- define: Revenue of order lines credited to tools by the preset and model of the page, in the shop's currency, of the orders that visitors of one arm alone placed in the period from their first event with it on.
with assigned as (
    -- include: experiments/assigned
),
credits as (
    -- include: attribution/credits
)
select
    n.arm,
    sum(c.earned)::decimal(38, 4) as direct_revenue
from credits c
join assigned a
  on a.person = hash(c.visitor_id)
join (
    -- include: experiments/names
) n
  on n.arm_hash = a.arm_hash
where not a.mixed
  and c.touch_id is not null
  and c.currency = $currency
  and c.placed_at >= a.since
group by n.arm
order by n.arm
