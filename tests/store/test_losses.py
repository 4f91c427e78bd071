"""What pages had to give up, in stores of this version and of the one before."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb

from tests.store.world import START, Sender, load, open_store, purchase_id, rows

LOSSES = "select request_id::varchar, lost from losses order by request_id"


def test_a_store_of_the_first_schema_learns_the_losses_of_its_events(tmp_path: Path) -> None:
    new, sender = open_store(tmp_path / "new.duckdb"), Sender()
    told = ({"lost": 3}, {"lost": "4"}, {"lost": -1}, {"lost": [5]}, {"note": '"lost"'}, {"lost": 10**30})
    for props in told:
        first = sender.event("page_view", START, device_id="d", props=props)
        second = sender.event("page_view", START, device_id="d", props={"lost": 9})
        load(new, [sender.request([first, second], endpoint="rees46.collect")])
    load(new, [sender.request([sender.event("page_view", START, props={"lost": 7})])])
    assert [lost for _, lost in rows(new, LOSSES)] == [3, 4]
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as old:
        old.execute((files("collector.store") / "schema" / "0001_initial.sql").read_text())
        old.execute("create table schema_version (version integer not null, name varchar not null)")
        old.execute("insert into schema_version values (1, '0001_initial.sql')")
        columns = ", ".join(f'"{name}"' for name in old.table("events").columns)
        kept = rows(new, f"select {columns} from events")
        old.executemany(f"insert into events values ({', '.join('?' * len(kept[0]))})", kept)
    store = open_store(path)
    assert rows(store, LOSSES) == rows(new, LOSSES)
    store.close()
    new.close()


def test_a_repeated_request_tells_its_losses_once_also_within_a_batch(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = sender.event("page_view", START, event_id=purchase_id("eid"), device_id="d", props={"lost": 3})
    line = sender.request([event], endpoint="rees46.collect")
    load(store, [line, line])
    load(store, [line])
    assert rows(store, "select lost from losses") == [(3,)]
    store.close()
