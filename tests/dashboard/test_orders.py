"""The list of orders and the page about one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import UUID

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from dashboard import addresses
from dashboard.pages.orders import contents
from dashboard.queries import load
from dashboard.texts import load as load_texts
from tests.dashboard.attribution_site import PERIOD, answered, data, html
from tests.dashboard.attribution_world import (
    SHOP,
    Line,
    Order,
    Touch,
    World,
    ask,
    connect,
    dense,
    fill,
    insert,
    moment,
    oracle_of,
    together,
)
from tests.dashboard.shop_world import Client, app_over, signed_in, week

DAY = 24 * 60
STRANGE = (
    "A/1?x=1&y",
    "o'1\"; drop table orders; --",
    "<script>alert(1)</script>",
    "ключ %2F",
    "..",
    "a.json",
)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def version(number: int, **more: Any) -> dict[str, Any]:
    return {
        "shop_id": SHOP,
        "order_key": "o1",
        "event_id": UUID(int=(2 << 64) + number),
        "request_id": UUID(int=number),
        "seq": 0,
        "received_at": moment(30 + number),
        "ts": moment(30 + number),
        "vendor": "rees46",
        "surface": "rees46.push",
        "is_line": False,
        "bot": False,
        "event": "purchase",
        "value": Decimal(10),
        "items": '[{"item_id": "kettle", "quantity": "2"}]',
        **more,
    }


def test_the_list_shows_each_order_with_its_share_and_tools_newest_first(
    db: duckdb.DuckDBPyConnection,
) -> None:
    touches = (Touch(id="a", at=1), Touch(id="b", at=2, item="lid", by="listing", code=None))
    lines = (Line(revenue="10"), Line(item="lid", revenue="5"), Line(item="mug", revenue="5"))
    orders = (
        Order(key="first", at=30, lines=lines),
        Order(key="second", at=31, visitor=None, session=None),
        Order(key="robot", at=32, bot=True),
    )
    fill(db, World(touches=touches, orders=orders))
    names = ("order_key", "revenue", "credited", "attributed", "tools", "lines", "visitor_id", "found")
    assert [tuple(row[name] for name in names) for row in ask(db, "orders/list")] == [
        ("second", Decimal(10), Decimal(0), None, "", 1, None, 2),
        ("first", Decimal(20), Decimal(15), 0.75, "dynamic, listing", 3, "ann", 2),
    ]


def test_credit_of_the_list_is_that_of_the_rules(db: duckdb.DuckDBPyConnection) -> None:
    worlds = [dense(49, number) for number in range(100)]
    world = together(worlds)
    fill(db, world)
    true = {order.key: Decimal(0) for order in world.orders if order.shop == SHOP and not order.bot}
    for credit in oracle_of(worlds):
        true[credit.order] += credit.revenue if credit.touch else 0
    rows = ask(db, "orders/list", page_size=10_000)
    assert {row["order_key"]: row["credited"] for row in rows} == true


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ["o3", "o2", "o1"]),
        ({"tab": "credited"}, ["o2", "o1"]),
        ({"tab": "unattributed"}, ["o3"]),
        ({"tool": "dynamic"}, ["o1"]),
        ({"tool": "listing"}, ["o2"]),
        ({"code": "blk-1"}, ["o1"]),
        ({"find": "O2"}, ["o2"]),
        ({"find": "cleo"}, ["o3"]),
        ({"find": "%"}, []),
        ({"page_size": 1, "page_offset": 1}, ["o2"]),
        ({"page_size": 2, "page_offset": 2}, ["o1"]),
    ],
)
def test_filters_and_pages_of_the_list(
    db: duckdb.DuckDBPyConnection, changes: dict[str, Any], keys: list[str]
) -> None:
    world = World(
        touches=(
            Touch(id="a", at=1),
            Touch(id="b", at=1, visitor="bob", session="s2", by="listing", code=None),
        ),
        orders=(
            Order(key="o1", at=30),
            Order(key="o2", at=30.5, visitor="bob", session="s2"),
            Order(key="o3", at=31, visitor="cleo", session="s3"),
        ),
    )
    fill(db, world)
    assert [row["order_key"] for row in ask(db, "orders/list", **changes)] == keys


def test_more_orders_than_fit_lead_to_older_ones_and_keep_the_filter(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=tuple(Order(key=f"o{number}", at=number / 10) for number in range(250))))
    tables, scope = answered(db, "orders", tab="unattributed", page="2")
    assert len(tables["orders/list"].rows) == 100
    body = str(html(db, "orders", tab="unattributed", page="2").body)
    assert "Orders found: 250" in body
    assert "page=3" in body
    assert "page=1" not in body
    assert scope.filters.page == 2
    assert "page=4" not in str(html(db, "orders", page="3").body)


def test_a_list_that_fills_its_page_exactly_leads_nowhere_else(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=tuple(Order(key=f"o{number}", at=number / 10) for number in range(100))))
    body = str(html(db, "orders").body)
    assert "Orders found: 100" in body
    assert "page=2" not in body


@pytest.mark.parametrize("key", STRANGE)
def test_an_order_with_any_key_is_linked_and_found_and_its_key_stays_text(
    db: duckdb.DuckDBPyConnection, key: str
) -> None:
    fill(db, World(touches=(Touch(id="t", at=1),), orders=(Order(key=key),)))
    tables, scope = answered(db, "orders")
    link = scope.detail("orders", key)
    assert set(link.split("?")[0].removeprefix("/orders/")) <= set("%.-_~") | set(map(chr, range(48, 123)))
    assert link.count("/") == 2
    assert [row["order_key"] for row in tables["orders/list"].rows] == [key]
    reply = html(db, "orders", key)
    assert reply.status == 200
    assert "Kept: the last click or add" in str(reply.body)
    for body in (str(reply.body), str(html(db, "orders").body)):
        assert "<script>alert" not in body
        assert 'drop table orders; --"' not in body


def test_an_order_that_is_not_there_or_another_shops_is_not_found(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(key="theirs", shop="shop-2"),)))
    assert html(db, "orders", "theirs").status == 404
    assert html(db, "orders", "nobody's").status == 404


def test_an_order_outside_the_chosen_period_is_told_in_full(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=1),)))
    tables = data(db, "orders", "o1", (), **{**PERIOD, "since": "2026-01-01", "to": "2026-01-02"})
    assert [row["reason"] for row in tables["orders/lines"]["rows"]] == ["kept_last"]
    assert [row["reason"] for row in tables["attribution/rees46_why"]["rows"]] == ["kept_last"]


def test_totals_that_differ_are_a_finding_and_equal_ones_are_none(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World())
    assert "Totals differ" not in str(html(db, "orders", "o1").body)
    db.execute("update orders set revenue = 12.5")
    body = str(html(db, "orders", "o1").body)
    assert "Totals differ: revenue is €12.50, but its lines sum to €10.00 (€2.50)" in body


def test_every_version_of_the_order_is_shown_and_the_one_that_counts_is_marked(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, World())
    insert(
        db,
        "order_versions",
        [version(1, value=Decimal(12), surface="rees46.pixel"), version(0), version(2, order_key="other")],
    )
    rows = data(db, "orders", "o1")["orders/versions"]["rows"]
    assert [(row["surface"], row["value"], row["counts"]) for row in rows] == [
        ("rees46.push", "10.0000", True),
        ("rees46.pixel", "12.0000", False),
    ]
    body = str(html(db, "orders", "o1").body)
    assert "2 × kettle" in body
    assert "replaced" in body


def test_an_order_without_a_visitor_says_why_it_cannot_be_attributed(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(visitor=None, session=None),)))
    assert "without any id of a visitor" in str(html(db, "orders", "o1").body)


def test_an_order_of_a_bot_has_its_page_but_no_credit(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=1),), orders=(Order(bot=True),)))
    tables = data(db, "orders", "o1")
    assert [(row["reason"], row["recommended_by"]) for row in tables["orders/lines"]["rows"]] == [
        ("order_of_bot", None)
    ]
    assert [row["reason"] for row in tables["attribution/rees46_why"]["rows"]] == ["order_of_bot"]


def test_a_cancelled_order_says_that_its_revenue_is_booked(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(cancelled=True),)))
    assert "still counts, and so does its credit" in str(html(db, "orders", "o1").body)


def test_every_reason_that_a_query_can_give_has_its_sentence() -> None:
    """Reasons are what the queries' cases end in."""
    reasons: set[str] = set()
    for name in ("attribution/rees46_why", "attribution/credits", "orders/lines"):
        reasons |= set(re.findall(r"(?:then|else|reason,) '(\w+)'", load(name).sql))
    assert {reason for reason in reasons if not load_texts("en").has(f"why.{reason}")} == set()
    assert len(reasons) > 20


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ('[{"item_id": "37", "quantity": "2"}, {"item_id": "56"}]', "2 × 37, 1 × 56"),
        ("[]", None),
        (None, None),
        ('[{"quantity": 1}, "junk"]', None),
    ],
)
def test_contents_of_a_version_in_short(items: str | None, text: str | None) -> None:
    assert contents(items) == text


def test_an_empty_list_says_what_to_do_next(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=()))
    assert "An order appears as soon as" in str(html(db, "orders").body)


KEYS = ("a/b", "../x", "..", ".", "x.json", "x.json.html", ".csv", 'é"<>', "50%2F?#&", "line\nbreak")


@pytest.fixture(scope="module")
def shop() -> Client:
    """Over HTTP, with a copy of one order under every strange key."""
    store = week()
    for key in KEYS:
        for table in ("orders", "order_lines", "order_versions"):
            copy = f"select * replace (? as order_key) from {table} where order_key = 'o1'"
            store.execute(f"insert into {table} by name {copy}", [key])
    return signed_in(app_over(store))


@pytest.mark.parametrize("key", KEYS)
def test_the_link_of_the_list_leads_to_the_order_whatever_its_key_holds(shop: Client, key: str) -> None:
    links = [unescape(link) for link in re.findall(r'href="(/orders/[^"]*)"', shop.get("/orders").text)]
    link = addresses.of("orders", key)
    assert [found.split("?")[0] for found in links].count(link) == 1
    assert not {".", ".."} & set(unquote(link).split("/")[2:]) or "%2F" in link  # no step for a browser
    page = shop.get(link)
    assert page.status == 200
    assert f"<code>{escape(key)}</code>" in page.text
    told = shop.get(addresses.of("orders", key, ".json")).json()
    assert (told["id"], [row["order_key"] for row in told["tables"]["orders/facts"]["rows"]]) == (key, [key])
    table = shop.get(addresses.of("orders", key, ".csv"))
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert next(csv.DictReader(io.StringIO(table.body.decode(), newline="")))["order_key"] == key


@given(key=st.text(min_size=1))
def test_an_address_names_one_key_and_one_form(key: str) -> None:
    for ending in ("", ".json", ".csv"):
        rest = unquote(addresses.of("orders", key, ending)).removeprefix("/orders/")
        thing, form = addresses.read(rest)
        assert (thing, form.replace(".html", "")) == (key, ending)


def test_nothing_behind_the_slash_is_the_list(shop: Client) -> None:
    answer = shop.get("/orders/")
    assert (answer.status, answer.headers["location"]) == (307, "/orders")


def test_who_signs_in_comes_back_to_the_order_that_was_asked_for() -> None:
    stranger = Client(app_over(week()))
    asked = stranger.get(addresses.of("orders", "../x y")).headers["location"]
    (back,) = parse_qs(asked.partition("?")[2])["next"]
    answer = stranger.post("/signin", {"token": "good-link", "next": back})
    assert answer.headers["location"] == "/orders/..%2Fx%20y"
