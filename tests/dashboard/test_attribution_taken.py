"""Cannibalisation: which block takes credit from which, against plain Python and by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from dashboard.taking import taken
from tests.dashboard.attribution_site import answered, html
from tests.dashboard.attribution_world import Line, Order, Touch, World, ask, connect, fill
from tests.dashboard.claims_world import (
    PRESETS,
    Code,
    Shop,
    Unit,
    code_of,
    dense,
    eligible,
    stock,
    together,
    units,
    weights,
)

SHOPS = [dense(463, number) for number in range(300)]
SINGLE = ("last", "first", "first_to_cart")


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def busy(db: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    stock(connection, together(SHOPS))
    yield connection
    connection.close()


def pair(shop: Shop, unit: Unit, preset: str, model: str) -> tuple[Code, Code] | None:
    """Who would have the credit without the block that has it, and that block; by taking it away."""
    touches = eligible(shop, PRESETS[preset], unit)
    rule = model if model in SINGLE else "last"
    names = {touch.id: code_of(touch) for touch in touches}
    if len(set(names.values())) < 2:
        return None
    (winner,) = weights(shop, unit, touches, rule)
    others = [touch for touch in touches if names[touch.id] != names[winner]]
    (second,) = weights(shop, unit, others, rule)
    return names[second], names[winner]


def expected(preset: str, model: str, tool: str | None) -> dict[tuple[Any, ...], tuple[int, int, Decimal]]:
    found: dict[tuple[Any, ...], list[Unit]] = defaultdict(list)
    for shop in SHOPS:
        for unit in units(shop, PRESETS[preset]):
            ends = pair(shop, unit, preset, model)
            if ends and tool in (None, ends[0][0], ends[1][0]):
                found[(*ends[0], *ends[1], unit.order.currency)].append(unit)
    return {
        key: (len({u.order.key for u in mine}), len(mine), sum((u.revenue for u in mine), Decimal(0)))
        for key, mine in found.items()
    }


@pytest.mark.parametrize("model", [*SINGLE, "linear", "shapley"])
@pytest.mark.parametrize("preset", ["rees46", "retail_rocket_item", "retail_rocket_check", "nosto", "mapp"])
def test_the_runner_up_is_who_would_win_if_the_winning_block_had_not_been_there(
    busy: duckdb.DuckDBPyConnection, preset: str, model: str
) -> None:
    for tool in (None, "listing"):
        rows = ask(busy, "recommendations/taken", preset=preset, model=model, tool=tool)
        ends = ("from_by", "from_code", "to_by", "to_code", "currency")
        assert {
            tuple(row[name] for name in ends): (row["orders"], row["lines"], row["revenue"]) for row in rows
        } == expected(preset, model, tool)


def test_the_worlds_hold_pairs_under_every_model() -> None:
    """Otherwise agreement would prove little."""
    said = {model: expected("retail_rocket_item", model, None) for model in SINGLE}
    assert all(sum(lines for _, lines, _ in one.values()) >= 20 for one in said.values())
    assert len({repr(sorted(one.items())) for one in said.values()}) == len(SINGLE)


WORLD = World(
    touches=(
        Touch(id="a", at=1, by="listing", code="shelf"),
        Touch(id="b", at=2, by="dynamic", code="top"),
        Touch(id="c", at=3, by="full_search", code=None),
        Touch(id="d", at=4, by="full_search", code=None),
        Touch(id="e", at=5, by="listing", code="shelf", item="lid"),
    ),
    orders=(Order(lines=(Line(revenue="10.00"), Line(item="lid", revenue="5.00"))),),
)


def test_the_last_block_takes_the_line_from_the_last_other_one(db: duckdb.DuckDBPyConnection) -> None:
    """Search had it twice at the end; without search the block on top would have it. The lid has one block."""
    fill(db, WORLD)
    assert ask(db, "recommendations/taken") == [
        {
            "from_by": "dynamic",
            "from_code": "top",
            "to_by": "full_search",
            "to_code": "",
            "currency": "EUR",
            "orders": 1,
            "lines": 1,
            "revenue": Decimal("10.0000"),
        }
    ]


def test_the_tab_shows_the_pairs_and_a_matrix_of_tools(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, WORLD)
    tables, scope = answered(db, "recommendations", tab="taken")
    view = taken(tables, scope)
    assert (view["takers"], view["matrix"]) == (["full_search"], [{"giver": "dynamic", "cells": ["€10.00"]}])
    text = str(html(db, "recommendations", tab="taken").body)
    assert "Which block takes credit from which" in text
    assert 'class="missing"' not in text
    assert "What each tool earns" not in text


def test_without_a_second_block_the_tab_says_so(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=WORLD.touches[:1]))
    assert "no block takes credit from another" in str(html(db, "recommendations", tab="taken").body)
