-- title: Visitors that were found before
-- takes: audience_members varchar[]
-- gives: visitor_id varchar
-- define: The visitors of the segment, found once for all panels of a page.
-- rows: 100000000
select unnest($audience_members::varchar[]) as visitor_id
