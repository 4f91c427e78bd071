"""The queries against an independent reading of the rules, over random small worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dashboard.attribution_world import (
    RULES,
    SHOP,
    World,
    ask,
    connect,
    credits,
    dense,
    fill,
    moment,
    oracle,
    oracle_of,
    together,
)

SEED = 46
WORLDS = [dense(SEED, number) for number in range(1500)]
SEEDED = settings(max_examples=30, deadline=None, derandomize=True, database=None)
worlds = st.builds(dense, st.integers(0, 2**32), st.just(0))


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def test_credits_are_those_of_the_rules_in_every_world(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, together(WORLDS))
    assert credits(db) == oracle_of(WORLDS)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_decides_in_some_world(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise agreement with the oracle would prove little."""
    whole = oracle_of(WORLDS)
    monkeypatch.delitem(RULES, rule)
    assert sum(a != b for a, b in zip(whole, oracle_of(WORLDS), strict=True)) >= 10


def test_every_reason_a_line_can_have_occurs_in_the_worlds(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, together(WORLDS))
    seen = Counter(row["reason"] for row in ask(db, "attribution/credits"))
    assert set(seen) == {"kept_last", "purchase_field_fallback", "no_touch", "no_visitor", "no_session"}
    assert min(seen.values()) >= 50, seen


@SEEDED
@given(world=worlds)
def test_credits_are_those_of_the_rules_in_any_world(db: duckdb.DuckDBPyConnection, world: World) -> None:
    fill(db, world)
    assert credits(db) == oracle(world)


@SEEDED
@given(world=worlds)
def test_one_order_asked_for_alone_has_the_credits_it_has_among_all(
    db: duckdb.DuckDBPyConnection, world: World
) -> None:
    fill(db, world)
    far = moment(10_000_000)
    alone = [credit for order in world.orders for credit in credits(db, id=order.key, start=far, until=far)]
    assert sorted(alone, key=lambda credit: (credit.order, credit.line)) == oracle(world)


@pytest.mark.parametrize("cut", [3, 5, 10, 20])
def test_a_period_is_cut_by_the_time_of_the_order_and_never_by_that_of_the_touch(
    db: duckdb.DuckDBPyConnection, cut: int
) -> None:
    fill(db, together(WORLDS))
    early = {order.key for world in WORLDS for order in world.orders if order.at < cut}
    before, after = credits(db, until=moment(cut)), credits(db, start=moment(cut))
    assert before == [credit for credit in oracle_of(WORLDS) if credit.order in early]
    assert after == [credit for credit in oracle_of(WORLDS) if credit.order not in early]


def test_weights_of_a_line_are_positive_and_sum_to_one_or_it_has_none(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, together(WORLDS))
    rows = ask(db, "attribution/credits")
    assert all(row["weight"] == Decimal(1 if row["touch_id"] else 0) for row in rows)
    assert all(row["earned"] == row["revenue"] * row["weight"] for row in rows)
    assert Counter((row["order_key"], row["line"]) for row in rows) == Counter(
        (order.key, number)
        for world in WORLDS
        for order in world.orders
        if order.shop == SHOP and not order.bot
        for number in range(len(order.lines))
    )
