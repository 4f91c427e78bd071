"""What people write is asked of their shop alone, with bound values, inside its limits."""

from __future__ import annotations

import json
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.store.console import Limits, Refused, Untrusted
from collector.store.console.allowed import allowed
from collector.store.console.duck import AT_ONCE, prepared
from collector.store.duckdb import DuckStore
from collector.store.parquet import parquet
from collector.store.stopping import Stop
from tests.store.console_world import SHOP, Asking, both_shops
from tests.store.world import START, Sender, load, open_store

ENDLESS = "select count(*) from range(100000) a, range(100000) b, range(100000) c"


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking(both_shops())


def test_an_answer_is_of_the_shop_with_names_and_types(asking: Asking) -> None:
    told = asking.ask("select order_key, revenue, order_key from orders order by 1")
    assert told.columns == ("order_key", "revenue", "order_key_2")
    assert told.types == ("VARCHAR", "DECIMAL(18,4)", "VARCHAR")
    assert told.rows == [(text, Decimal(int(text)), text) for text in ("1", "2", "3")]
    assert told.more is False


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("with a as (select revenue r from orders) select sum(a.r) from a", [(Decimal(6),)]),
        ("select o.order_key from orders o where revenue > $least order by all", [("2",), ("3",)]),
        (
            "with recursive a as (select 1 n union all select n + 1 from a where n < 3) select sum(n) from a",
            [(6,)],
        ),
        ("select t.k from (select order_key from orders) t(k) order by 1 limit 1", [("1",)]),
        ("from orders select max(order_key)", [("3",)]),
        ("select count(*) from orders join sessions using (visitor_id)", [(3,)]),
        (
            "select 'it''s -- $not a value', E'a\\tb', \"value\"::int from orders limit 1",
            [("it's -- $not a value", "a\tb", 1)],
        ),
        ("select date_trunc('month', placed_at)::date from orders limit 1", [(date(2026, 3, 1),)]),
    ],
)
def test_ordinary_questions_are_answered(asking: Asking, sql: str, rows: list[tuple[Any, ...]]) -> None:
    assert asking.ask(sql, least=1).rows == rows


def test_values_are_bound_and_never_text(asking: Asking) -> None:
    told = asking.ask("select $a as a, count(*) from orders where order_key = $a", a="1' or '1'='1")
    assert told.rows == [("1' or '1'='1", 0)]


def test_a_value_that_is_not_given_is_no_value(asking: Asking) -> None:
    assert asking.ask("select $a is null, count(*) from orders").rows == [(True, 3)]


def test_requests_as_they_came_are_only_told_where_that_is_allowed(asking: Asking) -> None:
    with pytest.raises(Refused) as refused:
        asking.ask("select body from raws")
    assert (refused.value.code, refused.value.facts) == ("table", {"name": "raws"})
    assert asking.ask("select body from raws order by 1", raw=True).rows == [("1",), ("2",), ("3",)]


def test_every_table_and_column_of_the_list_is_in_the_store_with_its_type() -> None:
    found = both_shops().execute("select table_name, column_name, data_type from duckdb_columns()").fetchall()
    real = {(table, column): kind.lower() for table, column, kind in found}
    told = {(t, column): kind for t, columns in allowed().tables.items() for column, kind in columns.items()}
    assert {key: real.get(key) for key in told} == told
    assert not any("hash" in column or column == "shop_id" for _, column in told)


def test_what_a_person_wrote_is_worked_out_above_the_rows_of_the_shop(asking: Asking) -> None:
    """The text that is asked names each table once, inside a limit that nothing passes."""
    question = Untrusted(sql="select * from rates where rate::int > 1", shop=SHOP, who="ann")
    sql, names = prepared(asking.db.cursor(), question)
    assert sql == (
        'SELECT * FROM (SELECT currency, "day", rate FROM main.rates'
        " WHERE (shop_id = $console_shop) LIMIT 1000000000000) AS rates"
        " WHERE (CAST(rate AS INTEGER) > 1)"
    )
    assert names == ["console_shop"]


def test_a_condition_is_never_worked_out_in_the_scan_of_all_shops(asking: Asking) -> None:
    """What a person wrote stands in a step of its own above it, whatever the optimizer made of the limit."""
    question = Untrusted(
        sql="select order_key from orders where revenue > 1 and order_key::int > 1", shop=SHOP, who="ann"
    )
    cursor = asking.db.cursor()
    sql, _ = prepared(cursor, question)
    plan = cursor.execute("explain (format json) " + sql, {"console_shop": SHOP}).fetchall()[0][1]
    scan, steps = None, json.loads(plan)
    names = []
    while steps:
        scan = steps[0]
        names.append(scan["name"].strip())
        steps = scan["children"]
    assert scan is not None
    assert scan["extra_info"]["Filters"].strip("()") == f"shop_id = '{SHOP}'"
    assert "FILTER" in names


def test_an_error_says_what_is_wrong_and_cites_no_rewritten_text(asking: Asking) -> None:
    with pytest.raises(Refused) as refused:
        asking.ask("select nothing from orders")
    assert refused.value.code == "error"
    assert "nothing" in str(refused.value.facts["said"])
    assert "console_shop" not in str(refused.value.facts["said"])
    assert "LINE" not in str(refused.value.facts["said"])


def test_a_type_that_cannot_be_shown_says_so(asking: Asking) -> None:
    with pytest.raises(Refused) as refused:
        asking.ask("select now() as moment")
    assert (refused.value.code, refused.value.facts["name"]) == ("column_type", "moment")
    assert len(asking.ask("select now()::timestamp as moment").rows) == 1


def _hold(asking: Asking, who: str, stop: Stop, begun: threading.Barrier) -> threading.Thread:
    """Somebody asks without end, until `stop` is struck."""

    def run() -> None:
        begun.wait()
        with pytest.raises(Refused) as refused:
            asking.console.ask(Untrusted(sql=ENDLESS, shop=SHOP, who=who), Limits(seconds=60), stop)
        assert refused.value.code == "left"

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_two_people_ask_at_once_others_are_told_and_each_asks_one() -> None:
    asking = Asking(both_shops(), wait=0.05)
    stop, begun = Stop(), threading.Barrier(AT_ONCE + 1)
    held = [_hold(asking, who, stop, begun) for who in ("bob", "eve")]
    begun.wait()
    codes: set[str] = set()
    while codes != {"busy", "running"}:
        for who in ("ann", "bob"):
            try:
                asking.console.ask(Untrusted(sql="select 1", shop=SHOP, who=who), Limits(), Stop())
            except Refused as refused:
                codes.add(refused.code)
    stop.strike()
    for thread in held:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in held)
    assert asking.ask("select 1").rows == [(1,)]


def test_the_loader_writes_while_people_ask_without_end(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    stop = Stop()
    begun = threading.Event()
    codes: list[str] = []

    def run() -> None:
        begun.set()
        try:
            store.reader().under(stop).ask_untrusted(
                Untrusted(sql=ENDLESS, shop="s", who="ann"), Limits(seconds=60)
            )
        except Refused as refused:
            codes.append(refused.code)

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    sender = Sender()
    for _ in range(3):
        load(store, [sender.request([sender.event("page_view", START, device_id="d", session_id="s")])])
    stop.strike()
    thread.join(timeout=10)
    assert codes == ["left"]
    assert list(store.reader().query("select count(*) from events").rows) == [(3,)]
    store.close()


def test_a_store_that_is_opened_again_is_asked_again(tmp_path: Path) -> None:
    store: DuckStore = open_store(tmp_path / "s.duckdb")
    question = Untrusted(sql="select count(*) from orders", shop="s", who="ann")
    assert store.reader().ask_untrusted(question, Limits()).rows == [(0,)]
    store.reopen()
    assert store.reader().ask_untrusted(question, Limits()).rows == [(0,)]
    store.close()


def test_a_parquet_file_keeps_names_that_a_stranger_chose(tmp_path: Path) -> None:
    name = "x\", read_text('/etc/passwd') as \"y"
    file = tmp_path / "answer.parquet"
    file.write_bytes(parquet([(name, "INTEGER", [1])]))
    found = duckdb.execute("select * from read_parquet(?)", [str(file)])
    assert ([column[0] for column in found.description or ()], found.fetchall()) == ([name], [(1,)])
