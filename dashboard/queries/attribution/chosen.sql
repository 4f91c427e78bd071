-- title: The preset that is chosen
-- takes: preset varchar, model varchar, own_presets varchar[][]
-- gives: place integer, preset varchar, unit varchar, family varchar, kinds varchar, span varchar, reach interval, winner varchar, match varchar, value varchar, reset varchar
-- define: The parameters of the chosen preset; the chosen model is the winner. A name that is no preset has none, and nothing is asked.
select place, preset, unit, family, kinds, span, reach, $model::varchar as winner, match, value, reset
from (
    -- include: attribution/presets
) presets
where preset = $preset
