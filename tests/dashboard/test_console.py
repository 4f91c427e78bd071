"""The SQL page: who may ask, what is kept of a question, and its answer in each form."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.control.users import Role
from collector.errors import OperatorError
from collector.serving.collect import DASHBOARD_POSTS
from dashboard.auth import COOKIE
from dashboard.console.chosen import EXAMPLES, example
from dashboard.console.parameters import Parameter, parameters, typed
from tests.dashboard.shop_world import (
    NOW,
    SHOP,
    Client,
    OneKey,
    app_over,
    hostile,
    order,
    signed_in,
    week,
)

ANSWER = "console/answer"


def _client(role: Role | None = None, db: duckdb.DuckDBPyConnection | None = None) -> tuple[Client, OneKey]:
    """Somebody with that role in the first shop; by default the operator."""
    control = OneKey()
    app = app_over(db or week(), control=control)
    if role is None:
        return signed_in(app), control
    user = control.users.add(f"{role}@kettles.example", role, NOW.timestamp())
    control.users.grant(user.user_id, SHOP.shop_id, role)
    client = Client(app)
    client.cookies[COOKIE] = control.sessions.open(NOW.timestamp(), user_id=user.user_id)
    return client, control


def _ask(client: Client, sql: str, act: str = "run", **fields: str) -> str:
    """Where the form leads to."""
    answer = client.post("/sql?period=7d", {"act": act, "sql": sql, **fields})
    assert answer.status == 303, answer.text
    return str(answer.headers["location"])


def _rows(client: Client, address: str) -> list[dict[str, Any]]:
    data = client.get(address.replace("/sql?", "/sql.json?")).json()
    table = data["tables"][ANSWER]
    assert table["error"] is None, table
    rows: list[dict[str, Any]] = table["rows"]
    return rows


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("analyst", 200), ("owner", 200), (None, 200)])
def test_analysts_and_owners_ask_viewers_do_not(role: Role | None, status: int) -> None:
    client, _ = _client(role)
    for address in ("/sql", "/sql.json", f"/sql.csv?table={ANSWER}", f"/sql.parquet?table={ANSWER}"):
        assert client.get(address).status == status
    assert client.post("/sql", {"act": "run", "sql": "select 1"}).status == (303 if status == 200 else 403)
    assert ('href="/sql' in client.get("/overview").text) == (status == 200)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_answered(name: str) -> None:
    client, _ = _client()
    page = client.get(f"/sql?period=7d&run=example:{name}")
    assert page.status == 200
    assert 'class="missing"' not in page.text


def test_a_question_is_asked_of_the_shop_that_the_page_shows() -> None:
    db = week()
    order(db, "lamp-1", "03-17 10:00", "5.00", shop_id="lamps")
    client, _ = _client(db=db)
    sql = "select count(*) as orders, max(order_key) as last from orders"
    assert _rows(client, _ask(client, sql)) == [{"orders": 6, "last": "o5"}]
    there = client.post("/sql?shop=lamps", {"act": "run", "sql": sql}).headers["location"]
    assert _rows(client, there) == [{"orders": 1, "last": "lamp-1"}]


def test_the_address_of_a_question_is_of_its_shop_alone() -> None:
    client, _ = _client()
    there = _ask(client, "select 'secret word' as a")
    assert _rows(client, there) == [{"a": "secret word"}]
    elsewhere = client.get(f"{there}&shop=lamps").text
    assert "secret word" not in elsewhere
    assert "is not kept any more" in elsewhere


def test_somebody_of_one_shop_asks_no_other() -> None:
    client, _ = _client("owner")
    there = client.post("/sql?shop=lamps", {"act": "run", "sql": "select order_key from orders order by 1"})
    assert "lamps" not in there.headers["location"]
    assert [row["order_key"] for row in _rows(client, there.headers["location"])][:2] == ["bot", "o1"]


def test_values_have_a_field_each_and_are_bound() -> None:
    client, _ = _client()
    sql = "-- $least: number = 20\n-- $day: day = 2026-03-17\nselect order_key from orders where revenue >= $least and placed_at::date = $day and ($find is null or order_key = $find) order by 1"
    there = _ask(client, sql)
    assert _rows(client, there) == [{"order_key": "o1"}]
    page = client.get(there).text
    for field in (
        'name="p_least" value="20"',
        'name="p_day" value="2026-03-17"',
        'name="p_find" value=""',
    ):
        assert field in page
    there = _ask(client, sql, p_least="0.5", p_day="2026-03-18", p_find="x' or '1'='1")
    assert _rows(client, there) == []
    assert 'value="x&#39; or &#39;1&#39;=&#39;1"' in client.get(there).text


def test_a_value_that_is_not_of_its_kind_is_told_where_the_answer_would_stand() -> None:
    client, _ = _client()
    there = _ask(client, "-- $n: number = 1\nselect $n as n", p_n="many")
    page = client.get(there)
    assert page.status == 200
    assert "the value of n is no number" in page.text
    assert client.get(there.replace("/sql?", "/sql.csv?") + f"&table={ANSWER}").status == 503
    data = client.get(there.replace("/sql?", "/sql.json?")).json()
    assert data["tables"][ANSWER]["error"] == "sql.refused_value"


def test_the_period_and_the_clock_of_the_page_are_ready() -> None:
    client, _ = _client()
    rows = _rows(
        client, _ask(client, "select $start as s, $until as u, $now as n, $zone as z, $currency as c")
    )
    assert rows == [
        {
            "s": "2026-03-11T23:00:00",
            "u": "2026-03-18T23:00:00",
            "n": "2026-03-18T10:30:00",
            "z": "Europe/Berlin",
            "c": "EUR",
        }
    ]


def test_a_saved_question_has_a_name_an_address_and_an_end() -> None:
    client, control = _client("analyst")
    there = _ask(client, "select 7 as seven", act="save", name="Seven")
    assert ">Seven</a>" in client.get("/sql").text
    assert _rows(client, there) == [{"seven": 7}]
    (kept,) = control.queries.saved(SHOP.shop_id)
    _ask(client, "select 1", act="remove", query_id=kept.query_id)
    assert control.queries.saved(SHOP.shop_id) == []
    assert client.post("/sql", {"act": "save", "sql": "select 1", "name": " "}).status == 400


def test_what_one_asked_stands_there_for_that_person_alone() -> None:
    client, control = _client("analyst")
    _ask(client, "select 'mine' as a -- a remark")
    assert "select &#39;mine&#39; as a</a>" in client.get("/sql").text
    user = control.users.add("other@kettles.example", "", NOW.timestamp())
    control.users.grant(user.user_id, SHOP.shop_id, "owner")
    other = Client(client.app)
    other.cookies[COOKIE] = control.sessions.open(NOW.timestamp(), user_id=user.user_id)
    assert "mine" not in other.get("/sql").text


def test_an_answer_is_a_file_with_its_types(tmp_path: Path) -> None:
    client, _ = _client()
    there = _ask(
        client,
        "select order_key, revenue, placed_at::date as day, lines as n, bot from orders order by 1 limit 1",
    )
    csv = client.get(there.replace("/sql?", "/sql.csv?") + f"&table={ANSWER}")
    assert csv.text == "order_key,revenue,day,n,bot\r\nbot,1.0000,2026-03-18,1,True\r\n"
    file = tmp_path / "answer.parquet"
    file.write_bytes(client.get(there.replace("/sql?", "/sql.parquet?") + f"&table={ANSWER}").body)
    found = duckdb.execute("select * from read_parquet(?)", [str(file)])
    types = [str(column[1]) for column in found.description or ()]
    assert types == ["VARCHAR", "DECIMAL(18,4)", "DATE", "INTEGER", "BOOLEAN"]
    assert found.fetchall() == [("bot", Decimal("1.0000"), date(2026, 3, 18), 1, True)]


def test_a_page_shows_the_first_rows_and_files_hold_more() -> None:
    client, _ = _client()
    there = _ask(client, "select range as n from range(1500)")
    page = client.get(there).text
    assert "The first 1,000 rows are shown" in page
    assert len(re.findall(r'<td class="number">\d+</td>', page)) == 1_000
    assert len(_rows(client, there)) == 1_500


def test_a_chart_is_drawn_of_the_columns_that_the_address_names() -> None:
    client, _ = _client()
    there = _ask(client, "select order_key, lines, revenue from orders where currency = 'EUR' order by 1")
    assert _drawn(client.get(there).text)["type"] == "bar"
    assert _drawn(client.get(f"{there}&y=revenue&drawn=lines&x=lines").text) == {
        "type": "scatter",
        "name": "revenue",
    }
    assert "data-chart" not in client.get(f"{there}&drawn=none").text


def _drawn(page: str) -> dict[str, str]:
    block = re.search(r'data-chart="answer".*?<script type="application/json">(.*?)</script>', page, re.S)
    assert block
    trace = json.loads(block[1])["data"][0]
    return {name: trace[name] for name in ("type", "name") if name in trace}


def test_a_refused_question_says_why_and_nothing_else_of_the_page_fails() -> None:
    client, _ = _client()
    for sql, said in {
        "select * from main.orders": "Write the name of a table alone",
        "drop table orders": "Only one SELECT is asked",
        "select nothing from orders": "Referenced column",
        "select <b>": "This is no SQL that can be read",
        'select * from "<img src=x>"': "&lt;img src=x&gt;",
    }.items():
        page = client.get(_ask(client, sql))
        assert page.status == 200
        assert said in page.text
        assert "<img src=x>" not in page.text
        assert "Tables and columns" in page.text
    assert client.post("/sql", {"act": "run", "sql": ""}).status == 400
    assert client.post("/sql", {"act": "run", "sql": "x" * 20_000}).status == 400


def test_nothing_that_is_stored_or_written_becomes_markup_or_a_formula() -> None:
    client, _ = _client(db=hostile())
    name = "=cmd|x'</script><img src=x onerror=alert(1)>"
    there = _ask(client, f'select item_name as "{name}", item_id from items order by 1 limit 50')
    page = client.get(there).text
    assert "<img" not in page
    assert "</script><img" not in page
    csv = client.get(there.replace("/sql?", "/sql.csv?") + f"&table={ANSWER}").text
    assert not any(
        cell.lstrip('"')[:1] in "=+@" for line in csv.split("\r\n") for cell in line.split(",") if cell
    )


def test_requests_as_they_came_are_for_owners() -> None:
    roles: tuple[tuple[Role, bool], ...] = (("analyst", False), ("owner", True))
    for role, told in roles:
        client, _ = _client(role)
        page = client.get(_ask(client, "select count(*) as n from raws")).text
        assert ("There is no table raws" in page) != told
        assert ("<code>raws</code>" in page) == told


def test_the_schema_tells_every_column_in_both_languages() -> None:
    client, _ = _client()
    rows = client.get("/sql.json").json()["tables"]["control/console_tables"]["rows"]
    assert len(rows) > 200
    client.cookies["r46_language"] = "ru"
    russian = client.get("/sql", **{"accept-language": "ru"}).text
    assert "Таблицы и столбцы" in russian
    assert "Выручка по дням" in russian


def test_parameters_are_read_from_the_text_and_not_from_its_strings() -> None:
    sql = "-- $a: number = 10\n-- $b: day =\nselect '$no', \"$no\", $a, $b, $c, $a, $start /* $no */"
    assert parameters(sql) == [
        Parameter("a", "number", "10"),
        Parameter("b", "day", ""),
        Parameter("c", "text", ""),
    ]
    assert typed(sql, {"p_b": " 2026-01-02 ", "p_c": "x"}) == {"a": "10", "b": "2026-01-02", "c": "x"}


@pytest.mark.parametrize(
    ("sql", "fields"),
    [
        ("-- $a: money\nselect $a", {}),
        ("-- $a: number\nselect $a", {"p_a": "1e9"}),
        ("-- $a: number\nselect $a", {"p_a": "1;"}),
        ("-- $a: number\nselect $a", {"p_a": "٣"}),
        ("-- $a: day\nselect $a", {"p_a": "yesterday"}),
        ("select $a", {"p_a": "x" * 1_001}),
        ("select " + ", ".join(f"$a{n}" for n in range(31)), {}),
    ],
)
def test_a_value_that_cannot_be_one_is_refused(sql: str, fields: dict[str, str]) -> None:
    with pytest.raises(OperatorError):
        typed(sql, fields)


def test_the_form_reaches_the_page_past_the_collector() -> None:
    assert "/sql" in DASHBOARD_POSTS


def test_examples_are_short_enough_to_be_read() -> None:
    assert all(len(example(name)) < 1_200 for name in EXAMPLES)
