"""Texts that want more than the shop's own rows: each is refused, or tells nothing of another shop.

Two stores are asked the same. They differ only in the other shop, so whatever can be seen from
outside has to be the same: rows, columns, errors, and whether there is an error at all.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store.console import Limits, Refused
from collector.store.console.allowed import allowed
from tests.store.console_world import MARK, NUMBER, OTHER, Asking, both_shops, one_shop

BOTH = Asking(both_shops())
ALONE = Asking(one_shop())

REFUSED = {
    # other statements
    "insert into orders (order_key) values ('x')": "statement",
    "update orders set revenue = 0": "statement",
    "delete from orders": "statement",
    "drop table orders": "statement",
    "create table x as select 1": "statement",
    "create view x as select * from main.orders": "statement",
    "create macro f(x) as x + 1": "statement",
    "alter table orders add column x int": "statement",
    "truncate orders": "statement",
    "copy orders to '/tmp/x.csv'": "statement",
    "copy (select * from main.orders) to '/tmp/x.csv'": "statement",
    "export database '/tmp/x'": "statement",
    "import database '/tmp/x'": "statement",
    "attach '/tmp/x.duckdb' as x": "statement",
    "detach memory": "statement",
    "use memory.main": "statement",
    "install httpfs": "statement",
    "load httpfs": "statement",
    "set memory_limit = '1MB'": "statement",
    "reset memory_limit": "statement",
    "pragma database_list": "statement",
    "call pragma_version()": "statement",
    "checkpoint": "statement",
    "vacuum": "statement",
    "analyze": "statement",
    "begin": "statement",
    "prepare x as select * from main.orders": "statement",
    "execute x": "statement",
    "explain select * from orders": "statement",
    "explain analyze select * from orders": "statement",
    "pivot orders on currency": "statement",
    "select 1; select * from main.orders": "statement",
    "select 1; drop table orders": "statement",
    "with x as (insert into orders (order_key) values ('x') returning *) select * from x": "part",
    "describe orders": "part",
    "show tables": "part",
    "show all tables": "part",
    "summarize orders": "part",
    "select * from (describe orders)": "part",
    "select * from (show tables)": "part",
    "select * from (summarize main.orders)": "part",
    "select * from (pivot orders on currency using count(*))": "statement",
    "select * from orders pivot (count(*) for currency in ('EUR'))": "part",
    # names that lead past the shop's rows
    "select * from main.orders": "qualified",
    "select * from memory.main.orders": "qualified",
    "select * from memory.orders": "qualified",
    'select * from "main"."orders"': "qualified",
    "table main.orders": "qualified",
    "from main.orders": "qualified",
    "select (select count(*) from main.orders)": "qualified",
    "select * from orders where exists (from main.orders)": "qualified",
    "select * from orders o, lateral (select * from main.orders where order_key > o.order_key)": "qualified",
    "with orders as (select * from main.orders) select * from orders": "cte",
    "with orders as (select 1) select * from orders": "cte",
    "with ORDERS as (select 1) select * from orders": "cte",
    "with recursive orders as (select 1 union all select * from orders) select * from orders": "cte",
    "select * from orders at (version => 1)": "qualified",
    "select * from information_schema.tables": "qualified",
    "select * from pg_catalog.pg_class": "qualified",
    "select * from duckdb_tables": "table",
    "select * from sqlite_master": "table",
    "select * from pg_class": "table",
    "select * from positions": "table",
    "select * from settled_days": "table",
    "select * from feed_orders": "table",
    "select * from identity_links": "table",
    "select * from touched_hours": "table",
    "select * from raws": "table",
    "with a as (select 1) select * from (with raws as (select 2) select 1) x, raws": "cte",
    "select * from (with b as (select 2) select 1) x, b": "error",
    "select * from asking": "table",
    "select * from os": "table",
    "select * from '/etc/passwd'": "table",
    "select * from 'https://evil.example/x.parquet'": "table",
    'select * from "/etc/passwd"': "table",
    "select * from 'store.duckdb'": "table",
    "select * from '/proc/self/environ'": "table",
    # functions that read files, settings, the catalogue, or what is asked elsewhere
    "select * from read_csv('/etc/passwd')": "function",
    "select * from read_csv_auto('/etc/passwd')": "function",
    "select * from read_text('/etc/passwd')": "function",
    "select * from read_blob('/etc/passwd')": "function",
    "select * from read_json('/etc/passwd')": "function",
    "select * from read_ndjson_objects('/etc/passwd')": "function",
    "select * from read_parquet('x')": "function",
    "select * from parquet_metadata('x')": "function",
    "select * from read_duckdb('store.duckdb')": "function",
    "select * from sniff_csv('/etc/passwd')": "function",
    "select * from glob('/*')": "function",
    "select glob('/*')": "function",
    "select * from query('select * from main.orders')": "function",
    "select * from query_table('orders')": "function",
    "select * from query_table(['orders', 'raws'])": "function",
    "select * from seq_scan('orders')": "function",
    "select * from duckdb_settings()": "function",
    "select * from duckdb_secrets()": "function",
    "select * from duckdb_views()": "function",
    "select * from duckdb_tables()": "function",
    "select * from duckdb_columns()": "function",
    "select * from duckdb_logs()": "function",
    "select * from duckdb_prepared_statements()": "function",
    "select * from duckdb_table_sample('orders')": "function",
    "select * from duckdb_temporary_files()": "function",
    "select * from duckdb_memory()": "function",
    "select * from pragma_storage_info('orders')": "function",
    "select * from pragma_table_info('orders')": "function",
    "select * from pragma_show('orders')": "function",
    "select * from which_secret('x', 's3')": "function",
    "select * from json_execute_serialized_sql('{}')": "function",
    "select json_serialize_plan('select * from main.orders')": "function",
    "select json_serialize_sql('select 1')": "function",
    "select json_deserialize_sql('{}')": "function",
    "select * from checkpoint()": "function",
    "select * from force_checkpoint()": "function",
    "select * from enable_logging()": "function",
    "select * from truncate_duckdb_logs()": "function",
    "select * from python_map_function()": "function",
    "select * from pandas_scan(1)": "function",
    "select * from arrow_scan(1, 2, 3)": "function",
    "select * from summary((select * from orders))": "function",
    "select * from histogram('orders', 'revenue')": "function",
    "select current_setting('temp_directory')": "function",
    "select getvariable('x')": "function",
    "select getenv('PATH')": "function",
    "select current_query()": "function",
    "select stats(order_key) from orders": "function",
    "select write_log('x')": "function",
    "select nextval('x')": "function",
    "select pg_get_viewdef(1)": "function",
    "select txid_current()": "function",
    "select error(order_key) from orders": "function",
    "select sleep_ms(100000)": "function",
    "select pg_sleep(100)": "function",
    "select main.sum(revenue) from orders": "function",
    "select system.main.sum(revenue) from orders": "function",
    "select sum(x) over () from (select main.abs(1) x)": "function",
    "select main.row_number() over () from orders": "function",
    "select order_key::main.x from orders": "type",
    "select order_key::nothing from orders": "type",
    # sizes
    "select repeat('x', 1000000000)": "function",
    "select lpad('x', 1000000000, 'x')": "function",
    "select rpad('x', 1000000000, 'x')": "function",
    "select printf('%1000000000d', 1)": "function",
    "select format('{:>1000000000}', 1)": "function",
    "select bar(1, 0, 1, 1000000000)": "function",
    "select range(1000000000)": "function",
    "select unnest(range(1000000000))": "function",
    "select generate_series(1, 1000000000)": "function",
    "select list_resize([1], 1000000000)": "function",
    "select list(order_key) from orders": "function",
    "select string_split(string_agg(order_key, ''), '') from orders": "function",
    "select split_part(string_agg(order_key, ''), '', 1) from orders": "together",
    "select levenshtein(order_key, order_key) from orders": "function",
    "select null::int[100000] from orders": "type",
    "select '[1]'::int[] from orders": "type",
    "select replace(order_key, '', order_key) from orders": "function",
    # values
    "select $console_shop": "parameter",
    "select * from orders where order_key = $1": "parameter",
    "select * from orders where order_key = ?": "parameter",
    "select * from orders where order_key = :1": "syntax",
    "": "empty",
    "   ": "empty",
    "-- nothing": "statement",
    "select": "syntax",
    "select 'x": "syntax",
    "select * from orders\0": "long",
    "select '" + "x" * 10_000 + "'": "long",
}

ASKED = [
    # what looks past the shop's rows by errors, orders of work, sizes and statistics
    "select count(*) from orders where order_key::int > 0",
    "select count(*) from orders where (order_key || '')::int > 0 and currency::int > 0",
    "select sum(order_key::int) from orders",
    "select max(1 / (case when order_key like 'lamp%' then 0 else 1 end)) from orders",
    "select * from orders where case when order_key like 'lamp%' then order_key::int = 1 else true end",
    "select count(*) from orders o join sessions s on o.visitor_id::int = s.visitor_id::int",
    "select count(*) from orders o left join sessions s on (o.order_key || s.session_key)::bigint > 0",
    "select count(*) from orders where order_key in (select session_key::int::varchar from sessions)",
    "select (select max(e.device_id::int) from events e where e.visitor_id = o.visitor_id) from orders o",
    "select order_key from orders where revenue::tinyint = 1",
    "select order_key from orders order by order_key::int limit 1",
    "select order_key from orders where regexp_matches(order_key, 'lamp')",
    "select json_extract(order_key::json, '$') from orders",
    "select sum(order_key::int) filter (where order_key like 'lamp%') from orders",
    "select count(*) from orders",
    "select count(*) from (select * from orders limit 1000 offset 0)",
    "select min(revenue), max(revenue), sum(units), count(distinct order_key) from orders",
    "select * from orders qualify row_number() over (order by revenue desc) = 1",
    "select approx_count_distinct(order_key) from orders",
    "select o from orders o",
    "select orders from orders",
    "select * from orders union all select * from orders",
    "select * from orders full join sessions using (visitor_id)",
    "select * from orders cross join sessions",
    "select * from orders anti join sessions using (visitor_id)",
    "select * from orders positional join sessions",
    "select * from orders natural join sessions",
    "select rowid from orders",
    "select shop_id from orders",
    "select orders.shop_id from orders",
    "select * from orders where shop_id = 'lamps'",
    "select * from orders where shop_id = 'lamps' or true",
    "select * from orders) or (true",
    "select * from orders; --",
    "select * from orders -- where shop_id = 'kettles'",
    "select * from orders /* */",
    "select * from orders limit 10 offset -1",
    'select 1 as "x) t, main.orders --" from orders',
    'select * from orders as "o) x, main.orders y --"',
    'with "a b" as (select * from orders) select * from "a b"',
    "with a as (select * from orders), b as (select * from a) select b.* from a, b",
    "with a as (with a as (select 1 x) select * from a) select * from a",
    "with a as (select * from orders) select * from (with a as (select 2) select * from a), a",
    "with recursive a as (select 1 n union all select n + 1 from a where n < 3) select * from a, orders",
    "with a(x) as (select order_key from orders) select x from a",
    "select t.x from (select order_key from orders) t(x)",
    "select * from orders t(shop_id, b, c)",
    "select columns('.*') from orders",
    "select columns(c -> c like '%key%') from orders",
    "select * exclude (order_key) from orders",
    "select * replace ('x' as order_key) from orders",
    "select unnest(codes) from refused",
    "select distinct on (currency) * from orders order by currency, order_key",
    "select currency, count(*) from orders group by rollup (currency)",
    "select lag(order_key) over (order by order_key) from orders",
    "select first_value(order_key) over (order by order_key rows unbounded preceding) from orders",
    "select string_agg(order_key, ',' order by order_key) from orders",
    "select 'lamps' in (select vendor from orders)",
    "select current_user, current_database(), current_schema()",
    "select version()",
    "select typeof(orders) from orders",
    "select * from orders where order_key = getenv('HOME')",
    "select $unknown, order_key from orders",
    "select * from range(3) t(order_key) join orders using (order_key)",
    "values (1), (2)",
    "select E'\\x27 from main.orders'",
    "select $$ from main.orders $$",
    "ſelect * from orders",
    "SELECT/**/*/**/FROM/**/orders",
    "select * from Orders",
    "select * from ORDERS o where o.ORDER_KEY > ''",
]
ASKED += [f"select * from {table}" for table in allowed().tables]
ASKED += [f"select count(*), max(t) from {table} t" for table in allowed().tables]


@pytest.mark.parametrize("sql", REFUSED)
def test_an_attack_is_refused_for_its_reason(sql: str) -> None:
    for asking in (BOTH, ALONE):
        with pytest.raises(Refused) as refused:
            asking.ask(sql)
        assert refused.value.code == REFUSED[sql], refused.value.facts


@pytest.mark.parametrize("sql", ASKED)
@pytest.mark.parametrize("raw", [False, True])
def test_a_question_tells_nothing_of_another_shop(sql: str, raw: bool) -> None:
    """Not even by an error: the answer is that of a store in which there is no other shop."""
    told = BOTH.outcome(sql, raw=raw)
    assert told == ALONE.outcome(sql, raw=raw)
    assert MARK not in told
    assert str(NUMBER) not in told


def test_every_table_of_the_other_shop_is_there_to_be_found() -> None:
    """Else the tests above could not fail."""
    for table in allowed().tables:
        found = BOTH.db.execute(f"select * from {table} where shop_id = '{OTHER}'").fetchall()
        assert MARK in str(found) or str(NUMBER) in str(found), table


def test_functions_that_are_offered_are_functions_of_the_engine() -> None:
    known = {name for (name,) in BOTH.db.execute("select function_name from duckdb_functions()").fetchall()}
    parsed = {"ifnull", "position", "unnest", "!~~", "~~*", "!~~*", "try_strptime", "->"}
    assert allowed().functions - known - parsed == set()


def test_no_function_that_reads_anything_but_its_arguments_is_offered() -> None:
    reading = BOTH.db.execute(
        "select distinct function_name from duckdb_functions()"
        " where function_type in ('table', 'table_macro', 'pragma')"
    ).fetchall()
    names = {name for (name,) in reading} - allowed().table_functions
    assert allowed().functions & names == set()
    assert allowed().table_functions == {"range", "generate_series", "unnest"}


BOMBS = [
    "select count(*) from range(1000000000000)",
    "select * from range(1000000000000) order by 1 desc",
    "with recursive a as (select 1 x union all select x + 1 from a) select count(*) from a",
    "with recursive a as (select 1 x union all select x from a, range(10)) select count(*) from a",
    "select count(*) from range(100000) a, range(100000) b, range(100000) c",
    "select string_agg(a.range::text, '') from range(100000) a, range(100000) b, range(100) c",
    "select a.range::text || b.range::text from range(100000) a, range(100000) b order by 1",
    "select distinct a.range, b.range from range(1000000) a, range(1000000) b",
    "select count(*) from range(100) group by cube(" + ", ".join(f"range + {one}" for one in range(14)) + ")",
]
GROWING = [
    "select 1 as a0, " + ", ".join(f"a{n} + a{n} as a{n + 1}" for n in range(30)),
    "select length(x) from " + "(select x || x as x from " * 30 + "(select 'aa' as x)" + ")" * 30,
    "select x from " + "(select [x, x] as x from " * 30 + "(select 'aa' as x)" + ")" * 30,
    'select "(x + x)" + "(x + x)" from ' + "(select x + x from " * 2 + "(select 1 as x)" + ")" * 2,
    "select " + "+".join(["1"] * 400),
    "select " + "(" * 1_500 + "1" + ")" * 1_500,
    "select " + "[" * 300 + "1" + "]" * 300,
    "select " + "not " * 900 + "true",
    "select 1 from " + ", ".join(["orders"] * 25),
    "select 1 from " + ", ".join(f"range({n})" for n in range(2, 300)),
    " union all ".join(["select 1"] * 600),
]


@pytest.mark.parametrize("sql", BOMBS)
def test_a_question_that_takes_too_much_is_ended_in_time(sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        BOTH.ask(sql, Limits(seconds=0.3, memory=200 * 1024 * 1024))
    assert refused.value.code in ("time", "memory", "large")
    assert time.monotonic() - started < 8
    assert BOTH.ask("select 1").rows == [(1,)]


@pytest.mark.parametrize("sql", GROWING)
def test_a_short_text_that_asks_for_more_than_there_is_never_brings_the_process_down(sql: str) -> None:
    """It is refused before it is planned, or answered at once."""
    started = time.monotonic()
    told = BOTH.outcome(sql)
    assert time.monotonic() - started < 3
    assert told == ALONE.outcome(sql)


def test_most_growing_texts_are_refused_before_they_are_planned() -> None:
    assert [BOTH.outcome(sql).split()[0] for sql in GROWING[:3]] == ["large", "large", "large"]


def test_a_huge_answer_is_cut_and_said_to_be_cut() -> None:
    told = BOTH.ask("select * from range(1000000000000)", Limits(rows=10))
    assert (len(told.rows), told.more) == (10, True)
    told = BOTH.ask("select 'x' || range as a from range(1000000)", Limits(rows=1_000_000, size=50_000))
    assert told.more
    assert len(told.rows) < 50_000


def test_no_file_is_read_or_written(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"a,b\n{MARK},1\n")
    before = sorted(os.listdir(tmp_path))
    for sql in (
        f"select * from '{secret}'",
        f"select * from read_csv('{secret}')",
        f"select * from read_text('{secret}')",
        f"copy (select 1) to '{tmp_path}/out.csv'",
        f"attach '{tmp_path}/out.duckdb'",
        f"select * from orders where order_key in (select * from '{secret}')",
    ):
        assert MARK not in BOTH.outcome(sql)
    assert sorted(os.listdir(tmp_path)) == before


TABLES = [
    *allowed().tables,
    "main.orders",
    "memory.main.raws",
    "duckdb_settings()",
    "'x.csv'",
    "positions",
    "a",
]
COLUMNS = [
    "order_key",
    "visitor_id",
    "shop_id",
    "revenue",
    "value",
    "x",
    "*",
    "o.*",
    "rowid",
    "o.shop_id",
    "o",
]
CALLS = ["count({})", "max({})", "({})::int", "({})::text", "lower({})", "error({})", "stats({})", "1 / ({})"]
JOINS = [
    "",
    " join {} p using (visitor_id)",
    ", {} p",
    " left join {} p on true",
    " semi join {} p using (visitor_id)",
]
HEADS = [
    "",
    "with a as (select * from {}) ",
    "with raws as (select * from {}) ",
    "with recursive a as (select 1 x union select x from {} p) ",
]
TAILS = [
    "",
    " where {} is not null",
    " order by 1 limit 3",
    " group by all",
    " union all select * from a",
    " -- x",
    ";",
]


@st.composite
def questions(draw: st.DrawFn) -> str:
    """A text of parts that belong together more or less."""
    table, column = st.sampled_from(TABLES), st.sampled_from(COLUMNS)
    call = draw(st.sampled_from(["{}", *CALLS])).format(draw(column))
    inner = draw(st.sampled_from(["{}", "(select * from {})", "(select *, 1 as x from {} where true)"]))
    parts = (
        draw(st.sampled_from(HEADS)).format(draw(table)),
        "select ",
        call,
        " from ",
        inner.format(draw(table)),
        " o",
        draw(st.sampled_from(JOINS)).format(draw(table)),
        draw(st.sampled_from(TAILS)).format(draw(column)),
    )
    text = "".join(parts)
    if draw(st.booleans()):
        place = draw(st.integers(0, len(text)))
        junk = draw(
            st.sampled_from(["'", '"', ")", "(", "--", "/*", ";", "\\", "$x", "main.", " or true ", "\u00a0"])
        )
        text = text[:place] + junk + text[place:]
    return text


@settings(max_examples=150, deadline=None, derandomize=True)
@given(questions())
def test_no_mixture_of_fragments_tells_of_another_shop(sql: str) -> None:
    told = BOTH.outcome(sql)
    assert told == ALONE.outcome(sql)
    assert MARK not in told
    assert str(NUMBER) not in told
