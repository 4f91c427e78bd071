"""How long a feed takes, asked over HTTP from a running server, at one and at ten million events."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

import duckdb

from bench import history
from bench.report import Report
from collector.control import Control
from collector.demo import FEED_KEY, SHOP
from collector.settings import Settings
from tests.server import Server

ASKED = 40
COPIES = 10
# What `history.multiply` leaves alone: copies have devices and orders of their own, and their hashes.
_COPIED = {
    "feed_interest": """select * replace (
        node || '~' || n as node,
        md5_number_lower(shop_id || chr(31) || node || '~' || n)::ubigint as node_hash)""",
    "visitor_nodes": """select * replace (
        node || '~' || n as node, visitor_id || '~' || n as visitor_id,
        md5_number_lower(shop_id || chr(31) || node || '~' || n)::ubigint as node_hash)""",
    "feed_orders": """select * replace (
        order_key || '~' || n as order_key, visitor_id || '~' || n as visitor_id,
        before_key || '~' || n as before_key)""",
    "feed_pairs": """select * replace (
        order_key || '~' || n as order_key,
        md5_number_lower(shop_id || chr(31) || order_key || '~' || n)::ubigint as order_hash)""",
}


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = history.make(Path(place) / "data", report)
        control = Control(settings.control_file)
        control.add_key(SHOP.shop_id, "feeds", public={"feed_key": FEED_KEY}, hashes={}, kept={}, now=0.0)
        control.change(SHOP.shop_id, {"options": {"feeds.rate": "0"}})
        control.close()
        _measure(report, settings, "1 M")
        history.multiply(settings.store_file, COPIES)
        multiply(settings.store_file)
        _measure(report, settings, "10 M")


def multiply(store: Path) -> None:
    """The rows that feeds are answered from, of every copy of the history."""
    with duckdb.connect(str(store)) as connection:
        for table, chosen in _COPIED.items():
            connection.execute(
                f"insert into {table} by name select * exclude (n) from ("
                f"{chosen} from {table}, range(1, {COPIES}) copies(n))"
            )
        connection.execute("checkpoint")


def _measure(report: Report, settings: Settings, size: str) -> None:
    dids, items = _sampled(settings.store_file)
    server = Server(settings.data)
    server.start()
    try:
        for name, queries in {
            "recently_viewed": [f"did={did}" for did in dids],
            "recently_added_to_cart": [f"did={did}" for did in dids],
            "bought_together": [f"item={item}" for item in items],
            "bought_next": [f"item={item}" for item in items],
            "popular_now": ["hours=24"] * ASKED,
        }.items():
            spent = sorted(_ask(server, f"/feeds/{name}?key={FEED_KEY}&{query}") for query in queries)
            worst = f"worst of {len(spent)}: {spent[-1]:.0f}"
            report.add(f"feed {name} at {size} events, ms", statistics.median(spent), worst)
    finally:
        server.stop()


def _sampled(store: Path) -> tuple[list[str], list[str]]:
    """Some devices that put something into a cart, and some products that were bought."""
    dice = random.Random(1)
    with duckdb.connect(str(store), read_only=True) as connection:
        dids = connection.execute("select distinct visitor_id from cart_moves order by 1").fetchall()
        items = connection.execute("select distinct item_id from feed_pairs order by 1").fetchall()
    return [row[0] for row in dice.sample(dids, ASKED)], [row[0] for row in dice.choices(items, k=ASKED)]


def _ask(server: Server, path: str) -> float:
    """Milliseconds to the last byte."""
    begun = time.perf_counter()
    answer = server.get(path)
    spent = (time.perf_counter() - begun) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return spent
