-- title: Visitors and their arm
-- takes: shop varchar, start timestamp, until timestamp
-- gives: person ubigint, arm varchar, since timestamp, mixed boolean
-- define: Every visitor (as a hash) with an event in the period that names an arm of a test, without bots, and since when in the period; mixed are those with events of several arms, whose arm here is any of them.
-- rows: 100000000
select
    person,
    any_value(arm) as arm,
    min(since) as since,
    min(least(hash(arm), hash(last_arm))) <> max(greatest(hash(arm), hash(last_arm))) as mixed
from (
    -- include: experiments/seen
) seen
group by person
