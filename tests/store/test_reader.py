"""Reads are bounded in time and rows, and neither wait for the writer nor keep it waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.store import QueryTimeout, TooManyRows
from collector.store.duckdb import DuckStore
from tests.store.world import START, Sender, load, open_store

ENDLESS = "select count(*) from range(10000000000) a, range(1000) b"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    opened = open_store(tmp_path / "s.duckdb")
    yield opened
    opened.close()


def _view(sender: Sender) -> bytes:
    return sender.request([sender.event("page_view", START, device_id="d", session_id="s")])


def test_a_question_that_takes_too_long_is_ended_in_time(store: DuckStore) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
        store.reader().query(ENDLESS, seconds=0.2)
    assert time.monotonic() - started < 5
    assert list(store.reader().query("select 1").rows) == [(1,)]


def test_more_rows_than_allowed_is_an_error_and_not_a_cut_answer(store: DuckStore) -> None:
    reader = store.reader()
    assert len(reader.query("select * from range(5)", max_rows=5).rows) == 5
    with pytest.raises(TooManyRows):
        reader.query("select * from range(6)", max_rows=5)


def test_an_answer_has_names_and_plain_values(store: DuckStore) -> None:
    answer = store.reader().query("select $a::integer as a, 'x' as b", {"a": 7})
    assert answer.columns == ("a", "b")
    assert answer.dicts() == [{"a": 7, "b": "x"}]


def test_a_stream_gives_all_rows(store: DuckStore) -> None:
    found = store.reader().stream("select range as n from range($n)", {"n": 2500})
    assert [row["n"] for row in found] == list(range(2500))


def test_a_stream_that_is_left_early_gives_its_cursor_back(store: DuckStore) -> None:
    for _ in range(10):
        stream = store.reader().stream("select * from range(100000)")
        assert next(stream) == {"range": 0}
        del stream


def test_a_failing_question_does_not_harm_the_next(store: DuckStore) -> None:
    with pytest.raises(Exception, match="nothing_like_it"):
        store.reader().query("select * from nothing_like_it")
    assert list(store.reader().query("select 1").rows) == [(1,)]


def test_many_threads_read_while_one_writes(store: DuckStore) -> None:
    sender, stop = Sender(), threading.Event()

    def watch() -> list[int]:
        seen: list[int] = []
        while not stop.is_set():
            answer = store.reader().query(
                "select count(*), (select coalesce(sum(events), 0) from sessions) from events"
            )
            ((events, counted),) = answer.rows
            assert events == counted
            seen.append(events)
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(watch) for _ in range(4)]
        for _ in range(10):
            load(store, [_view(sender)])
        stop.set()
        for reader in readers:
            seen = reader.result(timeout=30)
            assert seen == sorted(seen)


def test_a_long_question_does_not_hold_up_the_writer(store: DuckStore) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(store.reader().query, ENDLESS, seconds=60)
        assert load(store, [_view(Sender())]).events == 1
        assert not slow.done()
        store.reopen()
        with pytest.raises(QueryTimeout):
            slow.result(timeout=30)


def test_a_closed_store_answers_no_more(tmp_path: Path) -> None:
    opened = open_store(tmp_path / "s.duckdb")
    reader = opened.reader()
    opened.close()
    with pytest.raises(QueryTimeout, match="closed"):
        reader.query("select 1")


def test_a_stream_does_not_keep_a_reopened_store_from_its_file(store: DuckStore) -> None:
    stream = store.reader().stream("select * from range(1000000)")
    assert next(stream) == {"range": 0}
    store.reopen()
    with pytest.raises(QueryTimeout, match="closed meanwhile"):
        list(stream)
    assert list(store.reader().query("select 1").rows) == [(1,)]
