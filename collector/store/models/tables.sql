-- Every table of the store.
select table_name
from duckdb_tables()
where not temporary
order by table_name;
