"""A store of an earlier version is brought up to date, and says what only a rebuild can tell."""

from __future__ import annotations

import logging
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from tests.store.world import START, Sender, load, open_store, rows

FIRST = (files("collector.store") / "schema" / "0001_initial.sql").read_text()


def _earlier(path: Path) -> None:
    """A file as the first version left it, with one session."""
    with duckdb.connect(str(path)) as db:
        db.execute(FIRST)
        db.execute("create table schema_version (version integer not null, name varchar not null)")
        db.execute("insert into schema_version values (1, '0001_initial.sql')")
        db.execute(
            "insert into sessions values ('shop-1', 's', 'd', 'd', 's', $at, $at, 1, 1, 0, 0, 0, 0, null, null,"
            " null, null, null, null, null, null, null, false, 1, $at, 7)",
            {"at": START.replace(tzinfo=None)},
        )


def test_a_store_of_the_first_version_opens_loads_and_asks_for_a_rebuild(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "s.duckdb"
    _earlier(path)
    with caplog.at_level(logging.WARNING):
        store = open_store(path)
    assert [record.getMessage() for record in caplog.records if "r46 rebuild" in record.getMessage()]
    sender = Sender()
    load(store, [sender.request([sender.event("page_view", START, device_id="e", session_id="t")])])
    assert rows(store, "select session_key, visitor_id, node from sessions order by all") == [
        ("s", "d", "d"),
        ("t", "e", "e"),
    ]
    store.close()


def test_a_new_store_and_one_of_this_version_ask_for_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        open_store(tmp_path / "s.duckdb").close()
        open_store(tmp_path / "s.duckdb").close()
    assert [record.getMessage() for record in caplog.records] == []
