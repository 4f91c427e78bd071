-- title: Saved segments
-- takes: saved_segments varchar
-- gives: segment_id varchar, name varchar, kind varchar, created_at timestamp, visitors bigint, measured_on date
-- define: Every saved segment with its visitors on the last day on which they were counted. Dynamic ones are rules, asked anew each time; static ones are lists of ids.
with saved as (
    select unnest(from_json($saved_segments::varchar, '[{"segment_id":"VARCHAR","name":"VARCHAR","kind":"VARCHAR","created_at":"DOUBLE","sizes":[{"day":"DATE","visitors":"BIGINT"}]}]')) as one
),
sized as (
    select one.segment_id as segment_id, unnest(one.sizes) as size
    from saved
),
latest as (
    select
        segment_id,
        arg_max(size.visitors, size.day) as visitors,
        max(size.day) as measured_on
    from sized
    group by segment_id
)
select
    s.one.segment_id as segment_id,
    s.one.name as name,
    s.one.kind as kind,
    make_timestamp(cast(s.one.created_at * 1000000 as bigint)) as created_at,
    l.visitors,
    l.measured_on
from saved s
left join latest l
  on l.segment_id = s.one.segment_id
order by lower(s.one.name), s.one.segment_id
