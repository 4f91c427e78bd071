-- title: Saved funnels
-- takes: saved_funnels varchar
-- gives: name varchar, steps varchar, window varchar, unit varchar
-- define: Funnels that were saved for this shop: their name, and steps, window and unit as an address has them; no steps are the usual ones.
select one.name as name, one.steps as steps, one.window as window, one.unit as unit
from (
    select unnest(from_json(
        $saved_funnels::varchar, '[{"name":"VARCHAR","steps":"VARCHAR","window":"VARCHAR","unit":"VARCHAR"}]'
    )) as one
) told
order by one.name
