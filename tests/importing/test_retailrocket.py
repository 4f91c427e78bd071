"""Retail Rocket's open data becomes events: visitors keep their journeys, lines stand in their orders."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from collector.errors import OperatorError
from collector.event import DecimalText, Event, Item
from collector.ids import TimeOrderedIds, is_keyed
from collector.importing.retailrocket import import_retailrocket
from collector.importing.table import ImportReport
from collector.reasons import REASONS
from collector.record import Record, Refused, decode, encode
from collector.wire import Shop
from tests.server import run_r46
from tests.store.world import load, open_store, rows

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Shop(shop_id="open-data", currency="USD")
REAL = Path(__file__).parents[3] / "shared" / "data" / "retailrocket_sample.parquet"
real = pytest.mark.skipif(not REAL.exists(), reason=f"real events are not beside this project: {REAL}")
HEADER = "timestamp,visitorid,event,itemid,transactionid\n"
GOOD = (
    HEADER
    + "1433221332117,257597,view,355908,\n"
    + "1433221999827,158090,addtocart,10572,\n"
    + "1433222276276,158090,transaction,10572,4000\n"
    + "1433222276276,158090,transaction,007,4000\n"
    + "1433221332117,257597,view,355908,\n"
)


def run(path: Path) -> tuple[ImportReport, list[Record]]:
    records: list[Record] = []

    async def append(data: bytes) -> None:
        records.append(decode(data))

    importing = import_retailrocket(
        path, SHOP, append, now=lambda: NOW, ids=TimeOrderedIds(), progress=lambda done, total: None
    )
    return asyncio.run(importing), records


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(text)
    return path


def events_of(records: list[Record]) -> list[Event]:
    return [event for record in records for event in record.events]


def test_every_kind_of_row_becomes_its_event(tmp_path: Path) -> None:
    report, (record,) = run(written(tmp_path, GOOD))
    assert report == ImportReport(
        rows=5,
        refused=0,
        by_event={"add_to_cart": 1, "purchase": 2, "view_item": 2},
        first=datetime(2015, 6, 2, 5, 2, 12, 117_000, tzinfo=UTC),
        last=datetime(2015, 6, 2, 5, 17, 56, 276_000, tzinfo=UTC),
    )
    assert (record.vendor, record.endpoint, record.shop_id, record.received_at) == (
        "retailrocket",
        "rr.import",
        "open-data",
        NOW,
    )
    view, add, line, second, _ = record.events
    assert view == Event(
        event="view_item",
        event_id=view.event_id,
        ts=datetime(2015, 6, 2, 5, 2, 12, 117_000, tzinfo=UTC),
        ts_source="client",
        pointer="/0",
        vendor_event="view",
        device_id="257597",
        items=(Item(item_id="355908"),),
    )
    assert (add.event, add.items, add.notes) == (
        "add_to_cart",
        (Item(item_id="10572", quantity=DecimalText("1")),),
        ("quantity_defaulted",),
    )
    assert line == Event(
        event="purchase",
        event_id=line.event_id,
        ts=datetime(2015, 6, 2, 5, 17, 56, 276_000, tzinfo=UTC),
        ts_source="client",
        seq=2,
        pointer="/2",
        vendor_event="transaction",
        is_line=True,
        order_key="4000",
        transaction_id="4000",
        device_id="158090",
        items=(Item(item_id="10572", quantity=DecimalText("1")),),
        notes=("quantity_defaulted",),
    )
    assert (second.order_key, second.items[0].item_id) == ("4000", "007")


def test_the_raw_rows_stand_where_the_pointers_say(tmp_path: Path) -> None:
    _, (record,) = run(written(tmp_path, GOOD))
    assert record.raw is not None
    lines = [json.loads(line) for line in record.raw.body.splitlines()]
    pairs = [(lines[int(event.pointer[1:])], event) for event in record.events]
    assert [(raw["event"], raw["itemid"]) for raw, _ in pairs] == [
        (event.vendor_event, event.items[0].item_id) for _, event in pairs
    ]


def test_equal_rows_are_kept_and_a_second_run_gives_the_same_ids(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first = [event.event_id for event in events_of(run(path)[1])]
    assert first == [event.event_id for event in events_of(run(path)[1])]
    assert len(set(first)) == 5
    assert all(is_keyed(event_id) for event_id in first)


def test_numbered_events_and_times_as_text_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    duckdb.execute(
        "copy (select timestamp '2015-06-02 05:17:56.276' as timestamp, 158090::bigint as visitorid, 2::tinyint as event, "
        f"10572::bigint as itemid, '4000' as transactionid, true as more) to '{path}' (format parquet)"
    )
    (found,) = events_of(run(path)[1])
    meant = events_of(run(written(tmp_path, GOOD))[1])[2]
    differ = {name for name in found.__struct_fields__ if getattr(found, name) != getattr(meant, name)}
    assert differ == {"event_id", "seq", "pointer"}


def test_bad_rows_are_kept_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    faults = (
        ("yesterday,1,view,1,", "ts_invalid"),
        (",1,view,1,", "ts_missing"),
        ("99999999999999999,1,view,1,", "ts_invalid"),
        ("0,1,view,1,", "ts_out_of_range"),
        ("1990000000000,1,view,1,", "ts_out_of_range"),
        ("0001-01-01T00:00:00+14:00,1,view,1,", "ts_invalid"),
        ("1433221332117,1,click,1,", "event_unknown"),
        ("1433221332117,1,,1,", "field_missing:event"),
        ("1433221332117,1,view, ,", "item_id_missing"),
        ("1433221332117,1,transaction,1,", "field_missing:transactionid"),
        ("1433221332117,1,view", "wrong_shape"),
    )
    text = HEADER + "".join(f"{line}\n" for line, _ in faults) + "1433221332117,1,view,5,\n"
    report, (record,) = run(written(tmp_path, text))
    assert (report.rows, report.refused) == (12, 11)
    assert [refused.codes for refused in record.refused] == [(code,) for _, code in faults]
    assert {code.partition(":")[0] for _, code in faults} <= set(REASONS)
    assert record.refused[6] == Refused(
        seq=6, outcome="quarantined", codes=("event_unknown",), pointer="/6", name="click"
    )
    assert [(event.seq, event.items[0].item_id) for event in record.events] == [(11, "5")]


def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="not Retail Rocket's open data: no column timestamp, visitorid"):
        run(written(tmp_path, "a,b\n1,2\n"))


def test_the_command_stores_the_file_and_again_nothing(tmp_path: Path) -> None:
    data, path = str(tmp_path / "data"), str(written(tmp_path, GOOD))
    run_r46("shop", "add", "Open data", "--id", "open-data", "--data", data)
    for _ in range(2):
        said = run_r46("import", "retailrocket", path, "--shop", "open-data", "--data", data)
        assert said == "read 5 rows (add_to_cart 1, purchase 2, view_item 2); refused 0\n"
    lines = run_r46("export", "events", "--shop", "open-data", "--data", data).splitlines()
    assert Counter(json.loads(line)["event"] for line in lines) == {
        "view_item": 2,
        "purchase": 2,
        "add_to_cart": 1,
    }


@real
def test_real_events_are_counted_as_given() -> None:
    report, records = run(REAL)
    events = events_of(records)
    assert (report.rows, report.refused) == (5_169, 0)
    assert report.by_event == {"add_to_cart": 377, "purchase": 60, "view_item": 4_732}
    assert len({event.device_id for event in events}) == 1_092
    assert len({event.event_id for event in events}) == 5_169
    assert len({event.order_key for event in events if event.event == "purchase"}) == 47


@real
def test_real_lines_stand_together_in_47_orders(tmp_path: Path) -> None:
    _, records = run(REAL)
    store = open_store(tmp_path / "store.duckdb")
    load(store, [encode(record) for record in records])
    assert rows(store, "select count(*), sum(lines), max(lines), count(distinct visitor_id) from orders") == [
        (47, 60, 7, 36)
    ]
    store.close()
