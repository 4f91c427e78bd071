-- title: Names of arms
-- takes: shop varchar, start timestamp, until timestamp
-- gives: arm_hash ubigint, arm varchar
-- define: The arms that events of the period name, without bots, each with the hash that stands for it; of arms in which nobody was alone on any day, none.
-- rows: 1000000
select low as arm_hash, any_value(arm) as arm
from (
    -- include: experiments/seen
) seen
where low = high
group by low
