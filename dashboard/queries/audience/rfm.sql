-- title: A cell of the RFM cube
-- takes: shop varchar, currency varchar, method varchar, window_start timestamp, window_until timestamp, cell varchar
-- gives: visitor_id varchar
-- define: Visitors of a cell of the RFM cube whose window ends at the moment: steps of R and F, of R, F and M, or a name.
-- rows: 100000000
with scored as (
    -- include: segments/scored
)
select visitor_id
from scored
where name = $cell
   or cast(10 * r + f as varchar) = $cell
   or cast(100 * r + 10 * f + m as varchar) = $cell
