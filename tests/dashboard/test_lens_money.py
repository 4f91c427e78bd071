"""What a page counts as revenue: booked, net or gross, in each currency or in the shop's."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

import duckdb
import pytest

from dashboard import queries
from dashboard.lens import CONVERT, MONEY, OF_MONEY, Lens, through
from tests.dashboard.attribution_site import html
from tests.dashboard.attribution_world import (
    NOON,
    PARAMS,
    SHOP,
    Line,
    Order,
    World,
    connect,
    dense,
    fill,
    together,
)

DAY = 24 * 60
PLACES = Decimal("0.0001")
COMBINATIONS = list(product(MONEY, CONVERT))
PRESETS = ("rees46", "rees46_messages", "retail_rocket_item", "mapp", "strict")
RATES = (
    ("USD", date(2026, 3, 8), Decimal("0.91234567")),
    ("USD", date(2026, 3, 10), Decimal("0.93")),
    ("JPY", date(2026, 2, 20), Decimal("0.00612345")),
    ("CHF", date(2026, 3, 2), Decimal("1.05")),
    ("CHF", date(2026, 3, 12), Decimal(9)),
)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    connection.executemany("insert into rates values (?, ?, ?, ?)", [(SHOP, *rate) for rate in RATES])
    connection.execute("insert into rates values ('shop-2', 'JPY', '2026-03-10', 77)")
    yield connection
    connection.close()


def seen(
    db: duckdb.DuckDBPyConnection, sql: str, money: str = "booked", convert: str = "own", **more: Any
) -> list[dict[str, Any]]:
    """The answer of a question through the lens."""
    lens = Lens(money=money, convert=convert)
    asked = through(lens, sql)
    params = {**PARAMS, "money": money, "convert": convert, **more}
    result = db.execute(asked, queries.fitting(asked, params))
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def rate_of(order: Order) -> Decimal | None:
    """The last rate of the order's day in Berlin or the seven before; a plain reading of the rule."""
    if order.shop != SHOP or order.currency == "EUR":
        return None
    day = (NOON + timedelta(hours=1, minutes=order.at)).date()  # Berlin in winter
    known = [
        (since, rate)
        for currency, since, rate in RATES
        if currency == order.currency and timedelta(0) <= day - since <= timedelta(days=7)
    ]
    return max(known)[1] if known else None


def worth(amount: Decimal, rate: Decimal | None) -> Decimal:
    return amount if rate is None else (amount * rate).quantize(PLACES, ROUND_HALF_UP)


def counted(order: Order, money: str) -> Decimal:
    return {
        "booked": order.revenue,
        "net": order.revenue - order.undone,
        "gross": order.revenue + order.extra,
    }[money]


def with_money(world: World, seed: int) -> World:
    """The same world with returns, shipping and several currencies."""
    roll = random.Random(seed)

    def line(one: Line) -> Line:
        back = (Decimal(one.revenue) * roll.choice((0, 0, 1, Decimal("0.3333")))).quantize(PLACES)
        return replace(one, back=str(back), beside=roll.choice(("0", "0", "2.5", "0.0333")))

    return replace(
        world,
        orders=tuple(
            replace(
                order,
                lines=tuple(line(one) for one in order.lines),
                currency=roll.choice(("EUR", "USD", "USD", "CHF", "JPY")),
            )
            for order in world.orders
        ),
    )


@pytest.fixture(scope="module")
def shop(db: duckdb.DuckDBPyConnection) -> World:
    world = with_money(together([dense(60, number) for number in range(300)]), 60)
    fill(db, world)
    return world


@pytest.mark.parametrize(("money", "convert"), COMBINATIONS)
def test_revenue_is_that_of_the_rules_in_every_kind_of_money(
    db: duckdb.DuckDBPyConnection, shop: World, money: str, convert: str
) -> None:
    found = seen(db, "select shop_id, order_key, revenue, currency from orders", money, convert)
    true = {}
    for order in shop.orders:
        rate = rate_of(order) if convert == "shop" else None
        currency = "EUR" if rate else order.currency
        true[order.shop, order.key] = (worth(counted(order, money), rate), currency)
    assert {(row["shop_id"], row["order_key"]): (row["revenue"], row["currency"]) for row in found} == true


@pytest.mark.parametrize(("money", "convert"), COMBINATIONS)
def test_lines_sum_to_their_order_to_the_last_digit_and_none_is_negative(
    db: duckdb.DuckDBPyConnection, shop: World, money: str, convert: str
) -> None:
    lines = seen(db, "select order_key, currency, revenue, undone, extra from order_lines", money, convert)
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in lines:
        parts = sums[row["order_key"], row["currency"]]
        sums[row["order_key"], row["currency"]] = [
            total + row[name] for total, name in zip(parts, ("revenue", "undone", "extra"), strict=True)
        ]
    orders = seen(db, "select order_key, currency, lines, revenue, undone, extra from orders", money, convert)
    true = {
        (row["order_key"], row["currency"]): [row["revenue"], row["undone"], row["extra"]]
        for row in orders
        if row["lines"]
    }
    assert dict(sums) == true
    assert min(row["revenue"] for row in lines) >= 0


@pytest.mark.parametrize(("money", "convert"), COMBINATIONS)
def test_net_and_gross_of_an_order_are_the_same_through_every_lens(
    db: duckdb.DuckDBPyConnection, shop: World, money: str, convert: str
) -> None:
    """So that a preset with a value of its own keeps it."""
    found = seen(
        db,
        "select shop_id, order_key, revenue - undone as net, revenue + extra as gross from orders",
        money,
        convert,
    )
    true = {}
    for order in shop.orders:
        rate = rate_of(order) if convert == "shop" else None
        true[order.shop, order.key] = tuple(worth(counted(order, one), rate) for one in ("net", "gross"))
    assert {(row["shop_id"], row["order_key"]): (row["net"], row["gross"]) for row in found} == true


@pytest.mark.parametrize(("money", "convert"), COMBINATIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_credit_and_what_nobody_earned_sum_to_revenue(
    db: duckdb.DuckDBPyConnection, shop: World, preset: str, money: str, convert: str
) -> None:
    for model in ("last", "linear"):
        rule: Mapping[str, Any] = {"preset": preset, "model": model}
        credits = seen(db, queries.load("attribution/credits").sql, money, convert, **rule)
        valued = seen(db, queries.load("attribution/valued").sql, money, convert, **rule)
        earned: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
        units = {(row["order_key"], row["line"]): row for row in credits}
        for row in credits:
            earned[row["order_key"], row["line"]] += row["earned"]
        assert all(earned[unit] in (0, row["revenue"]) for unit, row in units.items())
        unattributed = sum(row["revenue"] for unit, row in units.items() if not earned[unit])
        whole = units and next(iter(units))[1] == -1
        revenue = sum(row["revenue"] for row in valued if row["lines"] or whole)
        assert sum(earned.values()) + unattributed == revenue
        assert 0 < sum(earned.values()) < revenue


def test_a_preset_with_a_value_of_its_own_keeps_it_on_a_page_of_other_money(
    db: duckdb.DuckDBPyConnection,
) -> None:
    line = Line(revenue="10", back="4", beside="3")
    fill(db, World(orders=(Order(lines=(line,)), Order(key="gone", lines=(line,), cancelled=True))))
    found = {
        (preset, money): [
            row["revenue"]
            for row in seen(
                db, queries.load("attribution/valued").sql + "\norder by order_key desc", money, preset=preset
            )
        ]
        for preset, money in product(("rees46", "strict", "mapp"), MONEY)
    }
    assert found == {
        ("rees46", "booked"): [10, 10],
        ("rees46", "net"): [6, 0],
        ("rees46", "gross"): [13, 13],
        **{("strict", money): [6, 0] for money in MONEY},
        **{("mapp", money): [13, 13] for money in MONEY},
    }


@pytest.mark.parametrize(
    ("currency", "at", "revenue"),
    [
        ("USD", 0, "9.3000"),
        ("USD", -DAY, "9.1235"),  # the rate of the 8th
        ("USD", -DAY + 11 * 60, "9.3000"),  # 23:00 UTC on the 9th is the 10th in Berlin
        ("USD", -3 * DAY, None),  # before the first rate
        ("USD", 7 * DAY, "9.3000"),
        ("USD", 8 * DAY, None),  # the last rate is eight days old
        ("CHF", -DAY, "10.5000"),
        ("CHF", 0, None),  # the one of the 2nd is eight days old, the one of the 12th lies ahead
        ("JPY", 0, None),  # too old; another shop's rate is not ours
        ("GBP", 0, None),
        ("EUR", 0, "10.0000"),
    ],
)
def test_an_amount_is_converted_by_the_last_rate_of_its_day_or_the_seven_before(
    db: duckdb.DuckDBPyConnection, currency: str, at: int, revenue: str | None
) -> None:
    fill(db, World(orders=(Order(at=at, currency=currency),)))
    (row,) = seen(db, "select revenue, currency from orders", convert="shop")
    assert (row["revenue"], row["currency"]) == (
        (Decimal(revenue), "EUR") if revenue else (Decimal(10), currency)
    )


def test_an_amount_that_no_column_can_hold_converted_stays_in_its_currency(
    db: duckdb.DuckDBPyConnection,
) -> None:
    db.execute("insert into rates values (?, 'KRW', '2026-03-10', 9999999999)", [SHOP])
    fill(db, World(orders=(Order(currency="KRW", lines=(Line(revenue="99999999"),)),)))
    for table in OF_MONEY:
        (row,) = seen(db, f"select revenue, currency from {table}", convert="shop")
        assert (row["revenue"], row["currency"]) == (Decimal(99999999), "KRW")


def test_orders_that_cannot_be_converted_are_counted_and_said(db: duckdb.DuckDBPyConnection) -> None:
    orders = tuple(Order(key=key, currency=key) for key in ("USD", "GBP", "EUR"))
    fill(db, World(orders=orders))
    own = str(html(db, "orders").body)
    assert "booked revenue in EUR, without shipping and tax" in own
    assert "orders in other currencies, whose amounts are not added: 2" in own
    converted = str(html(db, "orders", convert="shop", money="net").body)
    assert "net revenue in EUR" in converted
    assert "converted by the rate of the order" in converted
    assert "without a rate of their day, whose amounts are not added: 1" in converted


def test_the_switch_offers_every_kind_of_money_and_marks_the_one_that_is_shown(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, World())
    body = str(html(db, "orders", money="net").body)
    menu = body.split('<details class="menu right money">')[1].split("</details>")[0]
    assert menu.count("<li>") == 5
    assert menu.count('aria-current="true"') == 2
    assert "money=net&amp;convert=shop" in menu
    assert "money=gross" in menu


@pytest.mark.parametrize("table", OF_MONEY)
def test_a_table_through_the_lens_has_the_columns_of_the_table(
    db: duckdb.DuckDBPyConnection, table: str
) -> None:
    stored = db.execute(f"describe {table}").fetchall()
    asked = through(Lens(money="net"), f"select * from {table}")
    through_lens = db.execute(
        f"describe {asked}", queries.fitting(asked, {**PARAMS, "money": "net", "convert": "own"})
    ).fetchall()
    assert [column[:2] for column in through_lens] == [column[:2] for column in stored]


def test_a_rate_a_day_never_multiplies_orders(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=(Order(currency="USD"), Order(key="o2", currency="USD", at=30))))
    for money, convert in COMBINATIONS:
        assert [row["n"] for row in seen(db, "select count(*) as n from order_lines", money, convert)] == [2]
