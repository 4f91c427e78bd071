"""The loader follows the log whatever happens to the store, and never loads a record twice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from collector import record
from collector.enrich.batch import BatchEnricher
from collector.loader import Loader
from collector.log import Chunk, Positions
from collector.log.memory import MemoryLog
from collector.rebuild import rebuild
from collector.store.duckdb import DuckStore
from collector.wire import Shop
from tests.store.histories import history
from tests.store.world import DERIVED, START, Sender, content, open_store, rows


def _log(lines: list[bytes]) -> MemoryLog:
    log = MemoryLog()
    _append(log, lines)
    return log


def _append(log: MemoryLog, lines: list[bytes]) -> None:
    async def run() -> None:
        for line in lines:
            await log.append(line)

    asyncio.run(run())


def _views(sender: Sender, count: int) -> list[bytes]:
    return [
        sender.request([sender.event("page_view", START, device_id=f"d{n}", session_id=f"s{n}")])
        for n in range(count)
    ]


@contextmanager
def _running(loader: Loader) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=loader.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)
        assert not thread.is_alive()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def test_what_others_sent_on_is_loaded_like_everything_else(tmp_path: Path) -> None:
    sender, store = Sender(), open_store(tmp_path / "s.duckdb")
    plain, marked = _views(sender, 2)
    marked = record.encode(replace(record.decode(marked), via=("other-1", "other-2")))
    loader = Loader(_log([plain, marked]), store, BatchEnricher())
    loaded = loader.catch_up()
    assert (loaded.requests, loaded.events, loaded.unloadable) == (2, 2, 0)
    store.close()


def test_what_is_in_the_log_comes_into_the_store_while_it_runs(tmp_path: Path) -> None:
    sender, store = Sender(), open_store(tmp_path / "s.duckdb")
    log = _log(_views(sender, 3))
    loader = Loader(log, store, BatchEnricher())
    with _running(loader):
        assert loader.wait_until(log.end(), timeout=30)
        _append(log, _views(sender, 2))
        assert loader.wait_until(log.end(), timeout=30)
        _until(lambda: loader.state.caught_up)
    assert rows(store, "select count(*) from events") == [(5,)]
    assert dict(loader.positions()) == dict(log.end()) == dict(store.positions())
    state = loader.state
    assert (state.total.events, state.error, state.lag_s) == (5, "", 0.0)
    assert state.committed_at is not None
    store.close()


def test_waiting_for_what_is_not_there_ends_in_time(tmp_path: Path) -> None:
    store, log = open_store(tmp_path / "s.duckdb"), _log(_views(Sender(), 1))
    loader = Loader(log, store, BatchEnricher())
    assert not loader.wait_until(log.end(), timeout=0.01)
    loader.catch_up()
    assert loader.wait_until(log.end(), timeout=0.01)
    store.close()


def test_a_new_loader_goes_on_where_the_store_is(tmp_path: Path) -> None:
    sender, path = Sender(), tmp_path / "s.duckdb"
    log = _log(_views(sender, 3))
    store = open_store(path)
    assert Loader(log, store, BatchEnricher()).catch_up().events == 3
    store.close()
    _append(log, _views(sender, 2))
    store = open_store(path)
    assert Loader(log, store, BatchEnricher()).catch_up().events == 2
    store.close()


def test_a_lost_store_file_is_filled_again(tmp_path: Path) -> None:
    path, log = tmp_path / "s.duckdb", _log(_views(Sender(), 4))
    store = open_store(path)
    Loader(log, store, BatchEnricher()).catch_up()
    store.close()
    path.unlink()
    store = open_store(path)
    assert Loader(log, store, BatchEnricher()).catch_up().events == 4
    store.close()


class _FailingLog(MemoryLog):
    """A log on a disk that fails to read for a while."""

    failures = 3

    def read(self, after: Positions, max_bytes: int) -> Iterator[Chunk]:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk does not answer")
        return super().read(after, max_bytes)


def test_a_failure_that_passes_is_told_and_outlived(tmp_path: Path) -> None:
    store, log = open_store(tmp_path / "s.duckdb"), _FailingLog()
    _append(log, _views(Sender(), 2))
    loader = Loader(log, store, BatchEnricher())
    with _running(loader):
        _until(lambda: loader.state.error == "the disk does not answer")
        assert loader.state.lag_s > 0
        assert loader.wait_until(log.end(), timeout=30)
    assert (loader.state.failures, loader.state.error) == (3, "")
    store.close()


def _many_sessions_of_another_shop(path: Path) -> None:
    """So many that opening the store does not bring all of them into memory."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into sessions select s.* replace ('other' as shop_id, hash(i)::varchar as visitor_id, "
            "hash(i + 1)::varchar as session_key) from (from sessions limit 1) s, range(300000) r(i)"
        )


def test_a_store_that_proves_damaged_while_running_is_made_again(tmp_path: Path) -> None:
    path, log = tmp_path / "s.duckdb", MemoryLog()
    store = open_store(path)
    loader = Loader(log, store, BatchEnricher())
    for seed in (1, 2):
        _append(log, history(seed, requests=30))
        loader.catch_up()
    store.close()
    _many_sessions_of_another_shop(path)
    store = open_store(path)
    loader = Loader(log, store, BatchEnricher())
    with path.open("r+b") as file:
        file.seek(12288)
        file.write(b"\xff" * (path.stat().st_size - 12288))
    _append(log, history(3, requests=30))
    with _running(loader):
        assert loader.wait_until(log.end(), timeout=60)
    assert [file.name.partition("-")[0] for file in tmp_path.glob("s.duckdb.u*")] == ["s.duckdb.unreadable"]
    whole = open_store(tmp_path / "whole.duckdb")
    Loader(log, whole, BatchEnricher()).catch_up()
    assert content(store, "events") == content(whole, "events")
    store.close()
    whole.close()


def test_shops_rules_reach_the_store(tmp_path: Path) -> None:
    sender, store = Sender(), open_store(tmp_path / "s.duckdb")
    bought = sender.event("purchase", START, device_id="d", order_key="o", value="1", order_status="lost")
    log = _log([sender.request([bought])])
    shop = Shop(shop_id="shop-1", cancelled_statuses=("lost",))
    Loader(log, store, BatchEnricher(), shops=lambda: [shop]).catch_up()
    assert rows(store, "select cancelled from orders") == [(True,)]
    store.close()


def test_progress_is_told_after_each_batch(tmp_path: Path) -> None:
    store, log = open_store(tmp_path / "s.duckdb"), _log(_views(Sender(), 5))
    told: list[tuple[int, bool]] = []
    Loader(log, store, BatchEnricher()).catch_up(
        lambda loaded, at, end: told.append((loaded.events, dict(at) == dict(end)))
    )
    assert told == [(5, True)]
    store.close()


def test_a_rebuild_gives_the_tables_of_the_increment(tmp_path: Path) -> None:
    path, log = tmp_path / "s.duckdb", MemoryLog()
    store = open_store(path)
    loader = Loader(log, store, BatchEnricher())
    lines = history(11)
    for begin in range(0, len(lines), 13):
        _append(log, lines[begin : begin + 13])
        loader.catch_up()
    before = {
        table: content(store, table) for table in (*DERIVED, "raws", "refused", "order_versions", "positions")
    }
    store.close()
    brought = rebuild(path, open_store=open_store, follow=lambda fresh: Loader(log, fresh, BatchEnricher()))
    assert brought.events == len(before["events"])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["s.duckdb"]
    store = open_store(path)
    for table, expected in before.items():
        assert content(store, table) == expected, table
    store.close()


def test_a_rebuild_that_fails_leaves_the_old_store(tmp_path: Path) -> None:
    path, log = tmp_path / "s.duckdb", _log(_views(Sender(), 2))
    store = open_store(path)
    Loader(log, store, BatchEnricher()).catch_up()
    store.close()
    broken = _FailingLog()

    def follow(fresh: DuckStore) -> Loader:
        return Loader(broken, fresh, BatchEnricher())

    with pytest.raises(OSError, match="does not answer"):
        rebuild(path, open_store=open_store, follow=follow)  # type: ignore[arg-type]
    store = open_store(path)
    assert rows(store, "select count(*) from events") == [(2,)]
    store.close()
