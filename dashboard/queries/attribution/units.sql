-- title: What is to be attributed, numbered, beside the rule it is attributed by
-- takes: preset varchar, model varchar, own_presets varchar[][], shop varchar, currency varchar, start timestamp, until timestamp, id varchar
-- gives: unit bigint, preset varchar, order_key varchar, line integer, item_id varchar, item_group_id varchar, placed_at timestamp, visitor_id varchar, session_key varchar, revenue decimal(18, 4), currency varchar, winner varchar, family varchar, kinds varchar, span varchar, reach interval, match varchar, reset varchar
-- define: Order lines (or whole orders) of known visitors under each preset, with a number that stands for them in one answer: touches are told apart by it, which takes a fraction of what the names take.
-- rows: 1000000
with ruling as (
    -- include: attribution/chosen
)
select
    row_number() over () as unit,
    l.preset,
    l.order_key,
    l.line,
    l.item_id,
    l.item_group_id,
    l.placed_at,
    l.visitor_id,
    l.session_key,
    l.revenue,
    l.currency,
    r.winner,
    r.family,
    r.kinds,
    r.span,
    r.reach,
    r.match,
    r.reset
from (
    -- include: attribution/lines
) l
join ruling r
  on r.preset = l.preset
where l.visitor_id is not null
