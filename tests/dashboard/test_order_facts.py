"""What became of an order, on its page and in the list: facts that explain its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest

from tests.dashboard.attribution_site import data, html
from tests.dashboard.attribution_world import SHOP, Line, Order, World, connect, fill, insert, moment
from tests.dashboard.test_orders import version


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def only(db: duckdb.DuckDBPyConnection, table: str, *names: str, **query: str) -> list[tuple[Any, ...]]:
    rows = data(db, "orders", "o1", (), **query)[table]["rows"]
    return [tuple(row[name] for name in names) for row in rows]


def test_a_partly_returned_order_shows_net_beside_booked(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(lines=(Line(revenue="10", back="4", beside="3"), Line(item="lid"))),)))
    db.execute("update orders set undone_units = 1, refunds = 1, units = 3")
    db.execute("update order_lines set quantity = 2, undone_quantity = 1, price = 6 where line = 0")
    assert only(db, "orders/facts", "revenue", "booked", "net", "gross", "undone") == [
        ("20.0000", "20.0000", "16.0000", "23.0000", "4.0000")
    ]
    assert only(db, "orders/lines", "item_id", "amount", "revenue", "kept", "net") == [
        ("kettle", "12.0000", "10.0000", "1.0000", "6.0000"),
        ("lid", "10.0000", "10.0000", "1.0000", "10.0000"),
    ]
    body = str(html(db, "orders", "o1").body)
    assert "Given back: €4.00 of €20.00, 1 of 3 units. Net revenue is €16.00" in body
    assert "partly returned" in body
    listed = data(db, "orders")["orders/list"]["rows"]
    assert [(row["revenue"], row["net"], row["returned"]) for row in listed] == [
        ("20.0000", "16.0000", "part")
    ]
    assert "partly returned" in str(html(db, "orders").body)


@pytest.mark.parametrize(
    ("change", "returned"),
    [
        ("undone = 0", "nothing"),
        ("undone = 4", "part"),
        ("undone = 10", "whole"),
        ("undone = 0, undone_units = 1, units = 2", "part"),
        ("undone = 0, undone_units = 2, units = 2, revenue = 0", "whole"),
    ],
)
def test_an_order_is_kept_or_returned_wholly_or_in_part(
    db: duckdb.DuckDBPyConnection, change: str, returned: str
) -> None:
    fill(db, World())
    db.execute(f"update orders set {change}")
    for money in ("booked", "net", "gross"):
        (row,) = data(db, "orders", money=money)["orders/list"]["rows"]
        assert row["returned"] == returned


def test_a_cancelled_order_says_whether_the_page_counts_it(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(cancelled=True),)))
    assert only(db, "orders/facts", "revenue", "net") == [("10.0000", "0.0000")]
    assert only(db, "orders/facts", "revenue", "net", money="net") == [("0.0000", "0.0000")]
    assert "still counts, and so does its credit" in str(html(db, "orders", "o1").body)
    assert "net revenue, so it is nothing" in str(html(db, "orders", "o1", money="net").body)


def test_an_order_in_another_currency_shows_both_amounts_and_the_rate(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(currency="USD"),)))
    assert "No rate of USD for the order" in str(html(db, "orders", "o1").body)
    db.execute("insert into rates values (?, 'USD', '2026-03-09', 0.9)", [SHOP])
    names = ("revenue", "currency", "booked", "own_currency", "converted", "rate", "rate_day")
    told = ("10.0000", "USD", "9.0000", "0.90000000", str(date(2026, 3, 9)))
    assert only(db, "orders/facts", *names) == [("10.0000", "USD", *told)]
    assert only(db, "orders/facts", *names, convert="shop") == [("9.0000", "EUR", *told)]
    body = str(html(db, "orders", "o1").body)
    assert "€9.00: 1 USD was 0.9 EUR on" in body
    assert "No rate of USD" not in body
    listed = data(db, "orders", convert="shop")["orders/list"]["rows"]
    assert [(row["revenue"], row["currency"], row["own"], row["own_currency"]) for row in listed] == [
        ("9.0000", "EUR", "10.0000", "USD")
    ]
    assert "$10.00" in str(html(db, "orders", convert="shop").body)


def test_an_order_knows_what_was_bought_within_five_minutes_of_it(db: duckdb.DuckDBPyConnection) -> None:
    orders = (
        Order(key="o1", at=30),
        Order(key="split", at=35, session="s2"),
        Order(key="later", at=35.1),
        Order(key="before", at=25),
        Order(key="bob's", at=31, visitor="bob"),
        Order(key="robot", at=31, bot=True),
        Order(key="theirs", at=31, shop="shop-2"),
    )
    fill(db, World(orders=orders))
    assert only(db, "orders/related", "order_key", "same_session") == [("before", True), ("split", False)]
    assert 'href="/orders/split' in str(html(db, "orders", "o1").body)
    assert only(db, "orders/related", "order_key") != []
    fill(db, World())
    assert "No other order of this visitor within five minutes" in str(html(db, "orders", "o1").body)


def test_a_reloaded_thank_you_page_is_told_and_counts_once(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World())
    insert(db, "order_versions", [version(0)])
    counted, other = UUID(int=2 << 64), UUID(int=7)
    db.executemany(
        "insert into refused by name select ? as shop_id, ? as received_at, ? as request_id, 0 as seq, "
        "'rees46' as vendor, 'rees46.push' as endpoint, ? as outcome, ['duplicate'] as codes, ? as event_id",
        [
            (SHOP, moment(31), other, outcome, event_id)
            for outcome, event_id in (("duplicate", counted), ("duplicate", other), ("ignored", counted))
        ],
    )
    assert only(db, "orders/facts", "duplicates") == [(1,)]
    assert "The same report came again" in str(html(db, "orders", "o1").body)


def test_reports_of_browser_and_server_are_told_with_whose_amounts_count(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, World())
    insert(
        db,
        "order_versions",
        [
            version(0),
            version(1, surface="rees46.orders", event="order_status", order_status="paid"),
            version(2, surface="exponea.event", vendor="exponea"),
            version(3, surface="rees46.push", event="refund", value=Decimal(3)),
            version(4),
        ],
    )
    assert only(db, "orders/facts", "surfaces", "surface", "changes") == [
        ("exponea.event, rees46.orders, rees46.push", "rees46.push", 1)
    ]
    assert only(db, "orders/versions", "event", "role", "counts") == [
        ("purchase", "counts", True),
        ("order_status", "state", False),
        ("purchase", "apart", False),
        ("refund", "refund", False),
        ("purchase", "superseded", False),
    ]
    body = str(html(db, "orders", "o1").body)
    assert "Its amounts are those of rees46.push" in body
    assert "another vendor&#39;s, not counted" in body
