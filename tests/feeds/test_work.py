"""How much an answer costs: which tables are read, and how many rows a question takes out of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from collector.history.statements import text
from collector.store.duckdb import DuckStore
from tests.feeds.world import NOW, Row, records
from tests.store.world import load, open_store, rows

SMALL = {"feed_interest", "feed_orders", "feed_pairs", "feed_products", "visitor_nodes", "cart_moves"}
"""What questions read; `order_versions` besides, which has a row an order's report."""

MOMENT = NOW.astimezone(UTC).replace(tzinfo=None)
MINUTE = timedelta(minutes=1)
VISITORS = 300


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """Three hundred visitors who each look at two products, put one into a cart and buy two."""
    made = open_store(tmp_path_factory.mktemp("work") / "s.duckdb")
    happened = []
    for number in range(VISITORS):
        at = NOW - timedelta(days=3) + number * MINUTE
        one, other = ((f"p{number % 50}", 1), (f"p{(number + 7) % 50}", 1))
        who = f"v{number}"
        happened += [
            Row(at, who, "view", (one,)),
            Row(at + MINUTE / 4, who, "view", (other,)),
            Row(at + MINUTE / 3, who, "add", (one,)),
            Row(at + MINUTE / 2, who, "buy", (one, other), order=f"o{number}"),
        ]
    load(made, records(happened))
    yield made
    made.close()


def read(store: DuckStore, name: str, table: str, **params: Any) -> int:
    """How many rows the scans of that table hand on in one question."""
    (found,) = rows(store, f"explain (analyze, format json) {text(name)}", **params)
    return sum(_handed_on(one, table) for one in json.loads(found[1])["operator"])


def _handed_on(node: dict[str, Any], table: str) -> int:
    mine = str(node.get("extra_info", {}).get("Table", "")).endswith(table)
    below = sum(_handed_on(child, table) for child in node.get("children", []))
    return below + (int(node["intermediate_rows"]) if mine else 0)


@pytest.mark.parametrize(
    "name",
    sorted(
        file.name.removesuffix(".sql")
        for file in files("collector.history").iterdir()
        if file.name.startswith("feed_") and file.name.endswith(".sql")
    ),
)
def test_no_question_of_a_feed_reads_events(name: str) -> None:
    told = re.findall(r"\b(?:from|join)\s+([a-z_]+)", re.sub(r"--.*", "", text(name)))
    own = set(re.findall(r"\b([a-z_]+) as \(", text(name)))
    assert set(told) - own <= SMALL | {"order_versions"}


def test_a_visitor_s_feed_takes_out_the_visitor_s_rows_alone(store: DuckStore) -> None:
    who = {"shop": "shop-1", "since": MOMENT - timedelta(days=90)}
    seen = {"node": "v7", "until": MOMENT, "most": 10}
    assert read(store, "feed_viewed", "feed_interest", **who, **seen) == 2
    assert rows(store, "select count(*) from feed_interest") == [(3 * VISITORS,)]
    moves = read(store, "feed_carted", "cart_moves", **who, visitor="v7", most=10)
    assert moves in (3, 2 * 3)  # the engine may order some columns first and fetch the others after
    assert rows(store, "select count(*) from cart_moves") == [(3 * VISITORS,)]


def test_a_product_s_feed_takes_out_the_product_s_pairs_alone(store: DuckStore) -> None:
    about = {"shop": "shop-1", "items": ["p7"], "since": MOMENT - timedelta(days=365)}
    orders = VISITORS // 50
    pairs = read(store, "feed_bought", "feed_pairs", **about, kind="together", least=1, most=9)
    assert pairs == 2 * orders
    assert read(store, "feed_counts", "feed_pairs", **about) == 2 * orders
    assert rows(store, "select count(*) from feed_pairs") == [(4 * VISITORS,)]


@pytest.mark.parametrize("late", [False, True])
def test_looking_a_hundred_times_within_an_hour_is_one_row(tmp_path: Path, late: bool) -> None:
    store = open_store(tmp_path / "s.duckdb")
    begin = NOW.replace(minute=0) - timedelta(hours=2)
    lines = records([Row(begin + n * MINUTE / 2, "d3", "view", (("p1", 1),)) for n in range(100)])
    halves = (lines[:50], lines[50:])
    for half in reversed(halves) if late else halves:
        load(store, half)
    last = begin + 99 * MINUTE / 2
    assert rows(store, "select kind, item_id, node, last_at from feed_interest") == [
        ("view", "p1", "d3", last.astimezone(UTC).replace(tzinfo=None))
    ]
    store.close()


def test_an_order_of_fifty_one_products_pairs_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    many = tuple((f"m{n}", 1) for n in range(51))
    happened = [
        Row(NOW - timedelta(days=2), "d3", "buy", (("p1", 1),), order="o1"),
        Row(NOW - timedelta(days=1), "d3", "buy", many, order="o2"),
        Row(NOW - timedelta(hours=1), "d3", "buy", (("p1", 1), ("p2", 1)), order="o3"),
    ]
    load(store, records(happened))
    found = rows(store, "select order_key, kind, count(*) from feed_pairs group by all order by all")
    assert found == [("o1", "in", 1), ("o2", "in", 51), ("o3", "in", 2), ("o3", "together", 2)]
    store.close()
