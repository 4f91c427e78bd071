"""The same touches under five models: against plain Python, and against the pages that show one model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache

import duckdb
import pytest

from dashboard import filters
from dashboard.modelled import COMPARED, MODELS, TOOLS
from tests.dashboard.attribution_site import data, html
from tests.dashboard.attribution_world import Line, Order, Touch, World, ask, connect, fill
from tests.dashboard.claims_world import (
    PRESETS,
    dense,
    eligible,
    rule_of,
    stock,
    together,
    total_of,
    typed,
    units,
    weights,
)

SHOPS = [dense(468, number) for number in range(120)]
ALL = together(SHOPS)
OWNS = [typed(469, number) for number in range(12)]
OWN_ROWS = filters.own_rows(OWNS)
EVERY = {**PRESETS, **{f"{filters.OWN}{own.name}": rule_of(own) for own in OWNS}}
WINNERS = {**filters.PRESETS, **filters.winners_of(OWNS)}
CENT = Decimal("0.01")

Tool = tuple[str, str]
"""Currency and name."""


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    stock(connection, ALL)
    yield connection
    connection.close()


@cache
def expected(preset: str, model: str) -> Mapping[Tool, Fraction]:
    """What the model gives every tool, exactly."""
    found: dict[Tool, Fraction] = defaultdict(Fraction)
    for shop in SHOPS:
        for unit in units(shop, EVERY[preset]):
            touches = eligible(shop, EVERY[preset], unit)
            by = {touch.id: touch.by for touch in touches}
            for touch, weight in weights(shop, unit, touches, model).items():
                found[unit.order.currency, by[touch]] += weight * Fraction(unit.revenue)
    return found


@cache
def credited(preset: str, currency: str) -> int:
    """Orders of which a touch counts for a line."""
    return len(
        {
            unit.order.key
            for shop in SHOPS
            for unit in units(shop, EVERY[preset])
            if unit.order.currency == currency and eligible(shop, EVERY[preset], unit)
        }
    )


def told(db: duckdb.DuckDBPyConnection, preset: str, model: str) -> dict[Tool, Decimal]:
    rows = ask(db, TOOLS, preset=preset, model=WINNERS[preset], own_presets=OWN_ROWS)
    return {
        (row["currency"], row["recommended_by"]): row[f"{model}_earned"]
        for row in rows
        if row["part"] == "tool"
    }


@pytest.mark.parametrize("model", COMPARED)
@pytest.mark.parametrize("preset", EVERY)
def test_each_model_gives_tools_what_plain_python_gives_them(
    db: duckdb.DuckDBPyConnection, preset: str, model: str
) -> None:
    truth, found = expected(preset, model), told(db, preset, model)
    assert {tool for tool, amount in truth.items() if amount} <= set(found)
    for tool, amount in found.items():
        assert abs(Fraction(amount) - truth.get(tool, Fraction(0))) <= Fraction(CENT), (preset, model, tool)


@pytest.mark.parametrize("preset", EVERY)
def test_tools_and_unattributed_sum_to_revenue_under_every_model(
    db: duckdb.DuckDBPyConnection, preset: str
) -> None:
    rows = ask(db, TOOLS, preset=preset, model=WINNERS[preset], own_presets=OWN_ROWS)
    for currency in ("EUR", "USD"):
        mine = [row for row in rows if row["currency"] == currency]
        revenue = sum(
            total_of(ALL, order, EVERY[preset])
            for order in ALL.world.orders
            if order.currency == currency and not order.bot
        )
        for model in COMPARED:
            parts = {row["part"]: row[f"{model}_earned"] for row in mine if row["part"] != "tool"}
            tools = sum(row[f"{model}_earned"] for row in mine if row["part"] == "tool")
            assert parts["revenue"] == revenue
            assert tools + parts["unattributed"] == revenue


@pytest.mark.parametrize("model", COMPARED)
@pytest.mark.parametrize(
    "preset", ["rees46", "retail_rocket_item", "dynamic_yield", "mapp", "rees46_messages"]
)
def test_a_column_is_what_recommendations_shows_under_the_model(
    db: duckdb.DuckDBPyConnection, preset: str, model: str
) -> None:
    shown = {
        (row["currency"], row["recommended_by"]): row["direct_revenue"]
        for row in ask(db, "recommendations/tools", preset=preset, model=model)
        if row["part"] == "tool" and row["direct_revenue"]
    }
    assert shown == {tool: amount for tool, amount in told(db, preset, model).items() if amount}


@pytest.mark.parametrize("preset", EVERY)
def test_models_differ_only_in_what_they_move_between_tools(
    db: duckdb.DuckDBPyConnection, preset: str
) -> None:
    rows = ask(db, MODELS, preset=preset, model=WINNERS[preset], own_presets=OWN_ROWS)
    assert [(row["currency"], row["model"]) for row in rows] == [
        (currency, model) for currency in ("EUR", "USD") for model in COMPARED
    ]
    early = WINNERS[preset] == "first_to_cart" and EVERY[preset].kinds == ("click before add",)
    winner = "last" if early else WINNERS[preset]
    for row in rows:
        currency = row["currency"]
        tools = {tool for tool in expected(preset, "last") if tool[0] == currency}
        assert row["usual"] == (row["model"] == winner)
        assert row["attributed"] == sum(
            amount for tool, amount in told(db, preset, "last").items() if tool[0] == currency
        )
        assert row["orders"] == credited(preset, currency)
        assert row["share"] == pytest.approx(float(row["attributed"] / row["revenue"]))
        if winner not in COMPARED:
            assert (row["moved"], row["moved_share"]) == (None, None)
            continue
        mine, usual = expected(preset, row["model"]), expected(preset, winner)
        moved = sum(
            max(mine.get(tool, Fraction(0)) - usual.get(tool, Fraction(0)), Fraction(0)) for tool in tools
        )
        assert abs(Fraction(row["moved"]) - moved) <= Fraction(CENT)


def test_the_models_do_differ_in_these_worlds() -> None:
    """Otherwise agreement with the oracle would prove little."""
    for preset in ("dynamic_yield", "retail_rocket_check"):
        answers = {repr(sorted(expected(preset, model).items())) for model in COMPARED}
        assert len(answers) == len(COMPARED)


def test_the_fifty_first_tool_stands_with_all_others() -> None:
    db = connect()
    touches = tuple(Touch(id=f"t{number:02}", at=1 + number, by=f"slider{number:02}") for number in range(53))
    fill(db, World(touches=touches, orders=(Order(at=100, lines=(Line(revenue="53.00"),)),)))
    rows = ask(db, TOOLS, preset="rees46", model="last")
    listed = [row["recommended_by"] for row in rows if row["part"] == "tool"]
    assert listed[:2] == ["slider52", "slider00"]
    assert len(listed) == 50
    (rest,) = (row for row in rows if row["part"] == "rest")
    assert rest["linear_earned"] == Decimal("3.0000")
    assert sum(row["linear_earned"] for row in rows if row["part"] != "revenue") == Decimal("53.0000")
    db.close()


def test_the_page_shows_models_and_tools_and_the_rule_they_share() -> None:
    db = connect()
    touches = (Touch(id="a", at=1, by="listing"), Touch(id="b", at=2))
    fill(db, World(touches=touches, orders=(Order(lines=(Line(revenue="10.00"),)),)))
    tables = data(db, "claims", tab="models")
    assert [
        (row["model"], row["attributed"], row["orders"], row["moved"], row["moved_share"])
        for row in tables[MODELS]["rows"]
    ] == [
        ("last", "10.0000", 1, "0.0000", 0.0),
        ("first", "10.0000", 1, "10.0000", 1.0),
        ("linear", "10.0000", 1, "5.0000", 0.5),
        ("time_decay", "10.0000", 1, "4.9988", 0.49988),
        ("position", "10.0000", 1, "5.0000", 0.5),
    ]
    text = str(html(db, "claims", tab="models").body)
    assert "last (the rule&#39;s own)" in text
    assert "All models share the same touches of the same 1 orders." in text
    assert '<option value="rees46" selected>' in text
    assert "By tool, under every model" in text
    db.close()
