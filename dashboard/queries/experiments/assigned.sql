-- title: Visitors and their arm
-- takes: shop varchar, start timestamp, until timestamp
-- gives: person ubigint, arm_hash ubigint, since timestamp, mixed boolean
-- define: Every visitor (as a hash) with an event in the period that names an arm of a test (as a hash), without bots, and since when in the period; mixed are those with events of several arms, whose arm here is any of them.
-- rows: 100000000
select
    person,
    min(low) as arm_hash,
    min(since) as since,
    min(low) <> max(high) as mixed
from (
    -- include: experiments/seen
) seen
group by person
