-- title: Members of the segment that is set apart
-- takes: nothing
-- gives: visitor_id varchar
-- define: Nobody, unless a page sets a segment apart: then its members stand here.
select visitor_id from sessions where false
