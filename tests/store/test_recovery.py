"""Damaged files are set aside, never deleted, and the store comes up to be filled again."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from collector.log import Position
from collector.store import StoreUnavailable
from collector.store.duckdb import DuckStore
from tests.store.world import START, Sender, load, open_store, rows

STAMP = ".unreadable-20260105T120000000000"


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose process died: two batches are in the file, two in its write-ahead log."""
    folder = tmp_path_factory.mktemp("crashed")
    _fill(folder / "s.duckdb", 2)
    copy = folder / "copy"
    copy.mkdir()
    store = open_store(folder / "s.duckdb")
    sender = Sender(2)
    for _ in range(2):
        load(store, [_view(sender)])
    for file in ("s.duckdb", "s.duckdb.wal"):
        shutil.copy(folder / file, copy / file)
    store.close()
    return copy


def _view(sender: Sender) -> bytes:
    return sender.request([sender.event("page_view", START, device_id="d", session_id="s")])


def _fill(path: Path, batches: int) -> None:
    store, sender = open_store(path), Sender(1)
    for _ in range(batches):
        load(store, [_view(sender)])
    store.close()


def _copy(crashed: Path, to: Path) -> Path:
    for file in ("s.duckdb", "s.duckdb.wal"):
        shutil.copy(crashed / file, to / file)
    return to / "s.duckdb"


def _overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "an empty file": lambda path: os.truncate(path, 0),
    "a file cut in its header": lambda path: os.truncate(path, 5000),
    "a zeroed main header": lambda path: _overwrite(path, 0, bytes(4096)),
    "a zeroed second header": lambda path: _overwrite(path, 4096, bytes(8192)),
    "garbage after the headers": lambda path: _overwrite(
        path, 12288, random.Random(1).randbytes(path.stat().st_size - 12288)
    ),
    "a file of another kind": lambda path: path.write_bytes(b"hello\n" * 4000),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "_"))
def test_what_cannot_be_read_is_set_aside_and_the_store_starts_empty(
    crashed: Path, tmp_path: Path, damage: str
) -> None:
    path = _copy(crashed, tmp_path)
    DAMAGES[damage](path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    store = open_store(path)
    assert dict(store.positions()) == {}
    assert rows(store, "select count(*) from events") == [(0,)]
    kept = {file.name.removesuffix(STAMP): file.read_bytes() for file in tmp_path.glob(f"*{STAMP}")}
    assert kept == before
    assert load(store, [_view(Sender(1))]).events == 1
    store.close()


@pytest.mark.parametrize("cut", [0, 1, 20, 0.3, 0.7])
def test_a_cut_write_ahead_log_loses_whole_batches_with_their_positions(
    crashed: Path, tmp_path: Path, cut: float
) -> None:
    path = _copy(crashed, tmp_path)
    size = _wal(path).stat().st_size
    os.truncate(_wal(path), int(size * cut) if 0 < cut < 1 else int(cut))
    store = open_store(path)
    events = rows(store, "select count(*) from events")[0][0]
    assert 2 <= events < 4
    assert store.positions()["w"].offset == sum(len(line) for line in _lines()[:events])
    store.close()


def test_an_intact_write_ahead_log_brings_everything_back(crashed: Path, tmp_path: Path) -> None:
    store = open_store(_copy(crashed, tmp_path))
    assert rows(store, "select count(*) from events") == [(4,)]
    assert dict(store.positions()) == {"w": Position(1, sum(len(line) for line in _lines()))}
    store.close()


def _lines() -> list[bytes]:
    first, second = Sender(1), Sender(2)
    return [_view(first), _view(first), _view(second), _view(second)]


@pytest.mark.parametrize("part", [0.0, 0.1, 0.25, 0.5, 0.75, 0.99])
def test_garbage_in_the_write_ahead_log_costs_batches_and_never_their_order(
    crashed: Path, tmp_path: Path, part: float
) -> None:
    path = _copy(crashed, tmp_path)
    wal = _wal(path)
    _overwrite(wal, int(wal.stat().st_size * part), random.Random(part).randbytes(40))
    store = open_store(path)
    events = rows(store, "select count(*) from events")[0][0]
    assert 2 <= events < 4
    assert store.positions()["w"].offset == sum(len(line) for line in _lines()[:events])
    for line in _lines()[events:]:
        load(store, [line])
    assert rows(store, "select count(*) from events") == [(4,)]
    store.close()


def test_the_write_ahead_log_of_another_file_is_set_aside_alone(crashed: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    _fill(path, 1)
    shutil.copy(_wal(crashed / "s.duckdb"), _wal(path))
    store = open_store(path)
    assert rows(store, "select count(*) from events") == [(1,)]
    assert [file.name for file in tmp_path.glob(f"*{STAMP}")] == [f"s.duckdb.wal{STAMP}"]
    store.close()


def test_a_write_ahead_log_without_its_file_is_set_aside(crashed: Path, tmp_path: Path) -> None:
    path = _copy(crashed, tmp_path)
    path.unlink()
    store = open_store(path)
    assert dict(store.positions()) == {}
    assert [file.name for file in tmp_path.glob(f"*{STAMP}")] == [f"s.duckdb.wal{STAMP}"]
    store.close()


def test_a_file_that_another_process_holds_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    _fill(path, 1)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb,sys; c=duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
            path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(StoreUnavailable, match="lock"):
            open_store(path)
    finally:
        holder.communicate(b"\n", timeout=10)
    assert [file.name for file in tmp_path.iterdir()] == ["s.duckdb"]


def test_a_store_from_the_future_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    _fill(path, 1)
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into schema_version values (9999, 'later')")
    with pytest.raises(StoreUnavailable, match="schema 9999"):
        open_store(path)
    assert [file.name for file in tmp_path.iterdir()] == ["s.duckdb"]


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    for _ in range(2):
        store = open_store(path)
        assert rows(store, "select version, name from schema_version order by version")[0] == (
            1,
            "0001_initial.sql",
        )
        assert rows(store, "select count(*) = count(distinct version) from schema_version") == [(True,)]
        store.close()


def test_a_reopened_store_has_everything_and_its_reader_stays_valid(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    load(store, [_view(Sender(1))])
    reader = store.reader()
    store.reopen()
    assert list(reader.query("select count(*) from events").rows) == [(1,)]
    assert load(store, [_view(Sender(2))]).events == 1
    store.close()


def test_opening_makes_the_folder(tmp_path: Path) -> None:
    store = DuckStore.open(tmp_path / "a" / "b" / "s.duckdb", now=lambda: START)
    assert dict(store.positions()) == {}
    store.close()
