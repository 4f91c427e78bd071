"""The RFM cube agrees with a plain computation, its cells have names, and the page shows who is in them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from dashboard import cube, queries
from dashboard.filters import Note, parse
from dashboard.periods import months_before
from dashboard.scope import Scope, scope_of
from tests.dashboard import rfm_oracle
from tests.dashboard.rfm_oracle import Order
from tests.dashboard.shop_world import (
    NOW,
    SHOP,
    Client,
    app_over,
    empty_store,
    event,
    insert,
    order,
    signed_in,
)

METHODS = ("rees46", "quintiles")
CELLS = "/segments.json?period=7d"


def scope(**query: str) -> Scope:
    return scope_of(SHOP, parse({"period": "7d", **query})[0], slug="segments", now=NOW, tab="rfm")


def ask(db: duckdb.DuckDBPyConnection, name: str, **query: str) -> list[dict[str, Any]]:
    """Rows of a query as the page would ask it."""
    question = queries.load(f"segments/{name}")
    params = scope(**query).params()
    rows = db.execute(question.sql, {taken: params[taken] for taken in question.params}).fetchall()
    return [dict(zip(question.columns, row, strict=True)) for row in rows]


def store_of(orders: Sequence[Order]) -> duckdb.DuckDBPyConnection:
    db = empty_store()
    db.executemany(
        "insert into orders by name select $shop as shop_id, $key as order_key, $at::timestamp as placed_at, "
        "$at::timestamp as updated_at, 'file' as vendor, $visitor as visitor_id, $revenue::decimal(18, 4) as revenue, "
        "$currency as currency, 1 as lines, 1 as units, 1 as versions, false as computed, false as cancelled, "
        "'00000000-0000-0000-0000-000000000000' as event_id, $bot as bot",
        [
            {
                "shop": SHOP.shop_id,
                "key": f"o{number}",
                "at": one.at,
                "visitor": one.visitor,
                "revenue": one.revenue,
                "currency": one.currency,
                "bot": one.bot,
            }
            for number, one in enumerate(orders)
        ],
    )
    return db


def world(seed: int, count: int) -> list[Order]:
    """Orders with many equal values, some outside the window, of nobody, of bots and in other currencies."""
    rng = random.Random(seed)
    until = scope().window.until
    return [
        Order(
            visitor=None if rng.random() < 0.05 else f"v{int(rng.random() ** 2 * count * 0.6)}",
            at=until - timedelta(hours=rng.randrange(-20, 24 * 400)),
            revenue=Decimal(rng.choice([0, 10, rng.randrange(1, 90_000)])) / rng.choice([1, 100]),
            currency=rng.choice(["EUR", "EUR", "EUR", None, "USD"]),
            bot=rng.random() < 0.03,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("seed", "count"), [(1, 700), (2, 300), (3, 120), (4, 9), (5, 2)])
def test_the_cube_agrees_with_a_plain_computation(seed: int, count: int, method: str) -> None:
    orders = world(seed, count)
    db = store_of(orders)
    window = scope().window
    buyers = rfm_oracle.buyers(orders, window.start, window.until, "EUR")
    steps = rfm_oracle.cube(buyers, method)
    listed = db.execute(
        queries.load("segments/members").sql,
        {
            **{name: scope(method=method).params()[name] for name in queries.load("segments/members").params},
            "page_size": 10_000,
        },
    ).fetchall()
    assert {row[0]: (row[2], row[3], row[4], row[5:8]) for row in listed} == {
        one.visitor: (one.days, one.orders, one.revenue, steps[one.visitor]) for one in buyers
    }
    cells = ask(db, "cells", method=method)
    assert {(row["r"], row["f"], row["m"]): row["visitors"] for row in cells} == Counter(steps.values())
    assert sum(row["revenue"] for row in cells) == sum(one.revenue for one in buyers)
    assert sum(row["orders"] for row in cells) == sum(one.orders for one in buyers)
    db.close()


@pytest.mark.parametrize("method", METHODS)
def test_what_the_steps_mean_is_what_their_visitors_have(method: str) -> None:
    orders = world(6, 400)
    db = store_of(orders)
    window = scope().window
    buyers = rfm_oracle.buyers(orders, window.start, window.until, "EUR")
    steps = rfm_oracle.cube(buyers, method)
    for row in ask(db, "steps", method=method):
        for place, (axis, value) in enumerate((("r", "days"), ("f", "orders"), ("m", "revenue"))):
            values = [getattr(one, value) for one in buyers if steps[one.visitor][place] == row["step"]]
            assert (row[f"{axis}_visitors"], row[f"{value}_from"], row[f"{value}_to"]) == (
                len(values),
                min(values, default=None),
                max(values, default=None),
            )
    db.close()


def one_each(values: Sequence[int]) -> list[Order]:
    """A buyer for each value: that many orders of that revenue in all, the first of them latest."""
    until = scope().window.until
    return [
        Order(visitor=f"v{place:03}", at=until - timedelta(days=place, hours=1), revenue=Decimal(1))
        for place, value in enumerate(values)
        for _ in range(value)
    ]


def test_two_percent_at_both_ends_do_not_stretch_the_range() -> None:
    """Of 100 visitors the two of most orders are left out: the range is 1 to 11, not 1 to 60."""
    db = store_of(one_each([60, 50, *[11] * 10, *[1] * 88]))
    found = {row["visitor_id"]: row["f"] for row in ask(db, "members")}
    assert [found[name] for name in ("v000", "v001", "v002", "v012")] == [5, 5, 5, 1]
    fewer = store_of(one_each([60, 50, *[11] * 10, *[1] * 37]))  # of 49 nobody is left out
    assert {row["visitor_id"]: row["f"] for row in ask(fewer, "members")}["v002"] == 1
    db.close()
    fewer.close()


def test_where_all_are_equal_they_are_recent_and_neither_frequent_nor_rich() -> None:
    until = scope().window.until
    db = store_of(
        [Order(visitor=f"v{n}", at=until - timedelta(hours=30), revenue=Decimal(5)) for n in range(7)]
    )
    for method in METHODS:
        assert [
            (row["r"], row["f"], row["m"], row["visitors"]) for row in ask(db, "cells", method=method)
        ] == [(5, 1, 1, 7)]
    db.close()


def names_of(r: int, f: int, m: int) -> list[str]:
    """Every row of the table of names that holds a cell."""
    rows = duckdb.execute(queries.load("segments/names").sql).fetchall()
    return [
        name
        for _, name, r_from, r_to, f_from, f_to, m_from, m_to in rows
        if r_from <= r <= r_to and f_from <= f <= f_to and m_from <= m <= m_to
    ]


def test_every_cell_of_the_cube_has_a_name_with_words() -> None:
    steps = range(1, 6)
    named = {(r, f, m): names_of(r, f, m) for r in steps for f in steps for m in steps}
    assert len(named) == 125
    assert [cell for cell, names in named.items() if not names] == []
    words = scope().words
    assert {name for names in named.values() for name in names if not words.has(f"rfm.{name}")} == set()
    assert (
        named[5, 5, 1][0],
        named[3, 4, 5][0],
        named[5, 1, 3][0],
        named[1, 5, 5][0],
        named[2, 1, 1][0],
    ) == (
        "champions",
        "loyal",
        "new",
        "cannot_lose",
        "hibernating",
    )


def test_a_cell_is_called_by_the_first_row_that_holds_it() -> None:
    db = store_of(world(7, 500))
    for row in ask(db, "cells", method="quintiles"):
        assert row["name"] == names_of(row["r"], row["f"], row["m"])[0]
    db.close()


def test_named_cells_and_the_table_of_squares_hold_every_visitor_once() -> None:
    db = store_of(world(8, 500))
    cells = ask(db, "cells", method="quintiles")
    everyone = sum(row["visitors"] for row in cells)
    names, squares = cube.named(cells), [square for row in cube.heat(cells) for square in row]
    assert sum(row["visitors"] for row in names) == sum(one["visitors"] for one in squares) == everyone
    assert sum(row["revenue"] for row in names) == sum(row["revenue"] for row in cells)
    assert abs(sum(row["share"] for row in names) - 1) < Decimal("1e-9")
    assert abs(sum(row["revenue_share"] for row in names) - 1) < Decimal("1e-9")
    assert {one["cell"] for one in squares} == {f"{r}{f}" for r in range(1, 6) for f in range(1, 6)}
    assert all((one["shade"] == 0) == (one["visitors"] == 0) for one in squares)
    assert max(one["shade"] for one in squares) == cube.SHADES
    db.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_lists_its_visitors_and_no_others(seed: int) -> None:
    db = store_of(world(10 + seed, 150))
    everyone = ask(db, "members", method="quintiles")
    assert len(everyone) == everyone[0]["found"] <= 100
    cells: Mapping[str, Any] = {
        "champions": lambda row: row["name"] == "champions",
        "51": lambda row: (row["r"], row["f"]) == (5, 1),
        "555": lambda row: (row["r"], row["f"], row["m"]) == (5, 5, 5),
        "nobody_is_called_so": lambda row: False,
    }
    for cell, holds in cells.items():
        meant = [{**row, "found": 0} for row in everyone if holds(row)]
        listed = ask(db, "members", method="quintiles", cell=cell)
        assert [{**row, "found": 0} for row in listed] == meant
        assert {row["found"] for row in listed} <= {len(meant)}
    db.close()


def net_world() -> duckdb.DuckDBPyConnection:
    db = empty_store()
    order(db, "o1", "03-17 09:15", "100.00", visitor_id="ann", undone=30)
    order(db, "o2", "03-16 09:15", "40.00", visitor_id="ann", cancelled=True, undone=40)
    order(db, "o3", "03-15 09:15", "9.00", visitor_id="bob", currency="USD")
    order(db, "o4", "03-14 09:15", "20.00", undone=20)
    order(db, "o5", "03-14 09:15", "7.00", visitor_id="crawler", bot=True)
    refunds: Sequence[tuple[int, str, str, dict[str, Any]]] = (
        (1, "o1", "30.00", {}),
        (2, "o2", "40.00", {}),  # cancelled: already taken off
        (3, "C9", "5.50", {}),
        (4, "o3", "1.00", {"currency": "USD"}),
        (5, "o5", "7.00", {"bot": True}),
        (6, "o4", "22.00", {}),  # more than the order brought
    )
    for number, transaction, value, more in refunds:
        facts: dict[str, Any] = {
            "event": "refund",
            "transaction_id": transaction,
            "value": value,
            "currency": "EUR",
        }
        event(db, number, "03-17 10:00", **{**facts, **more})
    return db


def test_net_revenue_is_booked_revenue_less_what_was_cancelled_and_given_back() -> None:
    db = net_world()
    assert ask(db, "totals") == [
        {
            "orders": 4,
            "own_currency": 3,
            "revenue": Decimal(160),
            "order_value": Decimal("53.3333"),
            "cancelled": 1,
            "cancelled_revenue": Decimal(40),
            "refunds": 5,
            "returned": Decimal("57.5"),
            "net": Decimal("62.5"),
            "attributable": 3,
            "visitors": 2,
            "other_currency_only": 1,
        }
    ]
    db.close()


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 3, 19), 12, date(2025, 3, 19)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 1), 3, date(2025, 10, 1)),
        (date(2026, 12, 31), 6, date(2026, 6, 30)),
        (date(2026, 3, 19), 24, date(2024, 3, 19)),
    ],
)
def test_months_before_a_day_keep_its_number_where_the_month_has_it(
    day: date, months: int, first: date
) -> None:
    assert months_before(day, months) == first


def test_the_window_is_twelve_months_of_the_shops_clock_until_now_or_the_periods_end() -> None:
    running = scope().window
    assert (running.start, running.until) == (at(2025, 3, 18, 23), at(2026, 3, 18, 10, 30))
    past = scope(period="custom", since="2025-07-01", to="2025-07-31", months="3").window
    assert (past.start, past.until) == (at(2025, 4, 30, 22), at(2025, 7, 31, 22))


def at(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize("cell", ["champions", "51", "543"])
def test_a_cell_of_the_address_is_steps_or_a_name(cell: str) -> None:
    filters, notes = parse({"cell": cell, "method": "quintiles", "months": "24"})
    assert (filters.cell, filters.method, filters.months, notes) == (cell, "quintiles", "24", ())
    assert filters.query() == f"method=quintiles&months=24&cell={cell}"


@pytest.mark.parametrize("cell", ["6", "61", "5555", "Champions", "a b", "<b>", "x" * 41])
def test_another_cell_is_said_and_left_out(cell: str) -> None:
    filters, notes = parse({"cell": cell})
    assert (filters.cell, notes) == ("", (Note("filters.unknown_value", "cell", cell),))


@pytest.fixture(scope="module")
def client() -> Client:
    db = store_of(world(20, 600))
    insert(db, "sessions", shop_id=SHOP.shop_id, session_key="k", visitor_id="v1")
    return signed_in(app_over(db))


def test_the_page_shows_the_squares_as_links_to_their_visitors(client: Client) -> None:
    page = client.get("/segments?period=7d&method=quintiles&cell=51").text
    assert '<table class="heat">' in page
    assert 'href="/segments?period=7d&amp;method=quintiles&amp;cell=55#members"' in page
    assert "Only: Cell R5 F1" in page
    assert 'aria-current="true">Quintiles</a>' in page
    assert (
        "/segments.csv?period=7d&amp;compare=none&amp;method=quintiles&amp;cell=51&amp;table=segments%2Fmembers"
        in page
    )


def test_a_cell_is_exported_whole_while_the_page_shows_a_hundred(client: Client) -> None:
    tables = client.get(CELLS).json()["tables"]
    shown = tables["segments/members"]["rows"]
    found = shown[0]["found"]
    assert len(shown) == 100 < found
    lines = client.get("/segments.csv?period=7d&table=segments/members").text.splitlines()
    assert len(lines) == found + 1
    rest = client.get(f"{CELLS}&page=2").json()["tables"]["segments/members"]["rows"]
    assert [row["visitor_id"] for row in shown + rest] == [line.split(",")[0] for line in lines[1:201]]


def test_an_unknown_name_of_a_cell_is_an_empty_list_that_says_what_to_do(client: Client) -> None:
    page = client.get("/segments?period=7d&cell=whales").text
    assert "No visitor stands in this cell." in page
    assert "Only: whales" in page


def test_a_shop_without_orders_is_told_how_to_get_them() -> None:
    page = signed_in(app_over(empty_store())).get("/segments").text
    assert page.count("bring your shop&#39;s orders in with r46 import orders") == 4
    assert "n/a, because there are no orders to divide by" in page
