-- title: Size over time
-- takes: saved_segments varchar
-- gives: segment_id varchar, name varchar, day date, visitors bigint
-- define: Visitors of each saved segment by day of the shop's clock, as they were counted that day; for the weeks before a segment was saved as of the end of the day, from what happened until then.
with saved as (
    select unnest(from_json($saved_segments::varchar, '[{"segment_id":"VARCHAR","name":"VARCHAR","sizes":[{"day":"DATE","visitors":"BIGINT"}]}]')) as one
),
sized as (
    select
        one.segment_id as segment_id,
        one.name as name,
        unnest(one.sizes) as size
    from saved
)
select
    segment_id,
    name,
    size.day as day,
    size.visitors as visitors
from sized
order by lower(name), segment_id, size.day
