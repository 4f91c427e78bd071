"""The promise under kill -9: what was acknowledged is there, once, after a restart."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from collector.wire import Shop
from tests.failure.load import Load
from tests.server import SHOP_ID, Server, add_shop, wait_until

pytestmark = pytest.mark.failure

# Enough for every run of the tests; R46_KILL_ROUNDS=50 for the long proof.
ROUNDS = int(os.environ.get("R46_KILL_ROUNDS", "6"))


def _seen(server: Server) -> Counter[str]:
    return Counter(record["items"][0]["item_id"] for record in server.exported())


def _assert_promise_kept(server: Server, acknowledged: set[str]) -> None:
    seen = _seen(server)
    assert acknowledged - set(seen) == set(), "acknowledged and lost"
    assert {name: count for name, count in seen.items() if count > 1} == {}, "stored twice"


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_acknowledged_events_survive_kill_9_exactly_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    dice = random.Random(46)
    data = tmp_path / "data"
    add_shop(data, Shop(shop_id=SHOP_ID))
    server = Server(data, options)
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        server.start()
        load = Load(server.port, f"r{number}")
        load.start()
        enough = dice.randint(20, 1500)
        wait_until(lambda load=load, enough=enough: load.count() >= enough, 60, server.said)  # type: ignore[misc]
        server.kill()
        load.stop()
        acknowledged |= load.acknowledged
    server.start()
    _assert_promise_kept(server, acknowledged)
    assert server.stop() <= 5


def _loaded_server(data: Path) -> tuple[Server, set[str]]:
    """A server that was killed with events acknowledged, some of them loaded."""
    add_shop(data, Shop(shop_id=SHOP_ID))
    server = Server(data)
    server.start()
    load = Load(server.port, "x")
    load.start()
    wait_until(lambda: load.count() >= 2000, 60, server.said)
    server.kill()
    load.stop()
    return server, load.acknowledged


def test_a_deleted_store_is_made_again_from_the_log(tmp_path: Path) -> None:
    server, acknowledged = _loaded_server(tmp_path / "data")
    for path in server.data.glob("store.duckdb*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    server.start()
    _assert_promise_kept(server, acknowledged)
    server.stop()


@pytest.mark.parametrize("damage", ["store", "wal", "both"])
def test_an_unreadable_store_is_set_aside_and_made_again(tmp_path: Path, damage: str) -> None:
    server, acknowledged = _loaded_server(tmp_path / "data")
    dice = random.Random(46)
    victims = {
        "store": ["store.duckdb"],
        "wal": ["store.duckdb.wal"],
        "both": ["store.duckdb", "store.duckdb.wal"],
    }
    for name in victims[damage]:
        victim = server.data / name
        size = max(victim.stat().st_size if victim.exists() else 0, 8192)
        victim.write_bytes(dice.randbytes(size))
    server.start()
    _assert_promise_kept(server, acknowledged)
    aside = [path.name for path in server.data.iterdir() if ".unreadable-" in path.name]
    assert aside or damage == "wal", "a write-ahead log that is only garbage at its end is read up to there"
    server.stop()


def test_a_torn_last_segment_loses_only_what_was_never_acknowledged(tmp_path: Path) -> None:
    server, acknowledged = _loaded_server(tmp_path / "data")
    last = max((server.data / "log").glob("*/*.ndjson"), key=lambda path: path.stat().st_mtime)
    whole = last.read_bytes()
    last.write_bytes(whole + whole[-200:-100] + b"\x00\xff torn in the middle of a gro")
    server.start()
    _assert_promise_kept(server, acknowledged)
    server.stop()
