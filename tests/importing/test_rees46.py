"""REES46's open data becomes events: every row counts, and counts once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from collector.errors import OperatorError, Unavailable
from collector.event import DecimalText, Event, Item
from collector.ids import TimeOrderedIds, is_keyed
from collector.importing.rees46 import import_rees46
from collector.importing.table import ImportReport
from collector.reasons import REASONS
from collector.record import Record, Refused, decode
from collector.wire import Shop

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Shop(shop_id="open-data", currency="USD")
REAL = Path(__file__).parents[3] / "shared" / "data" / "rees46_merged.parquet"
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
VIEW = "2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,appliances.kitchen,shiseido,35.79,541312140,72d7\n"
GOOD = (
    HEADER
    + VIEW
    + "2019-10-01 00:00:01 UTC,cart,007,,,,2.60,1,s1\n"
    + "2019-10-01 00:00:02 UTC,remove_from_cart,007,,,,2.60,1,s1\n"
    + "2019-10-01 00:00:03 UTC,purchase,8,,,acme,0.00,1,s1\n"
    + VIEW
)


def run(path: Path, src: str | None = None) -> tuple[ImportReport, list[Record]]:
    records: list[Record] = []

    async def append(data: bytes) -> None:
        records.append(decode(data))

    report = asyncio.run(
        import_rees46(
            path,
            SHOP,
            append,
            now=lambda: NOW,
            ids=TimeOrderedIds(),
            progress=lambda done, total: None,
            src=src,
        )
    )
    return report, records


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
        by_event={"add_to_cart": 1, "purchase": 1, "remove_from_cart": 1, "view_item": 2},
        first=datetime(2019, 10, 1, tzinfo=UTC),
        last=datetime(2019, 10, 1, 0, 0, 3, tzinfo=UTC),
    )
    assert (record.vendor, record.endpoint, record.shop_id, record.received_at) == (
        "rees46",
        "rees46.import",
        "open-data",
        NOW,
    )
    view, add, removal, purchase, _ = record.events
    assert view == Event(
        event="view_item",
        event_id=view.event_id,
        ts=datetime(2019, 10, 1, tzinfo=UTC),
        ts_source="client",
        pointer="/0",
        vendor_event="view",
        user_id="541312140",
        session_id="72d7",
        items=(
            Item(
                item_id="44600062",
                item_brand="shiseido",
                item_category=("appliances", "kitchen"),
                price=DecimalText("35.79"),
                props={"category_id": "2103807459595387724"},
            ),
        ),
        currency="USD",
        notes=("currency_defaulted",),
    )
    assert add.items == (Item(item_id="007", price=DecimalText("2.6"), quantity=DecimalText("1")),)
    assert add.notes == ("quantity_defaulted", "currency_defaulted")
    assert (removal.event, removal.is_line) == ("remove_from_cart", False)
    assert (purchase.is_line, purchase.order_key, purchase.transaction_id) == (True, None, None)
    assert purchase.items[0].price == "0"


def test_the_raw_rows_stand_where_the_pointers_say(tmp_path: Path) -> None:
    _, (record,) = run(written(tmp_path, GOOD))
    assert record.raw is not None
    lines = record.raw.body.splitlines()
    for event in record.events:
        raw = json.loads(lines[int(event.pointer[1:])])
        assert (raw["event_type"], raw["product_id"]) == (event.vendor_event, event.items[0].item_id)


def test_equal_rows_are_kept_and_a_second_run_gives_the_same_ids(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first = [event.event_id for event in events_of(run(path)[1])]
    second = [event.event_id for event in events_of(run(path)[1])]
    assert first == second
    assert len(set(first)) == 5
    assert all(is_keyed(event_id) for event_id in first)


def test_bad_rows_are_kept_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    rows = (
        ("yesterday,view,1,,,,1,u,s", "ts_invalid"),
        (",view,1,,,,1,u,s", "ts_missing"),
        ("1969-01-01 00:00:00 UTC,view,1,,,,1,u,s", "ts_out_of_range"),
        ("2031-01-01 00:00:00 UTC,view,1,,,,1,u,s", "ts_out_of_range"),
        ("2019-10-01 00:00:00 UTC,transaction,1,,,,1,u,s", "event_unknown"),
        ("2019-10-01 00:00:00 UTC,,1,,,,1,u,s", "field_missing:event_type"),
        ("2019-10-01 00:00:00 UTC,view, ,,,,1,u,s", "item_id_missing"),
        ("2019-10-01 00:00:00 UTC,view,1", "wrong_shape"),
    )
    report, (record,) = run(written(tmp_path, HEADER + "".join(f"{line}\n" for line, _ in rows) + VIEW))
    assert (report.rows, report.refused) == (9, 8)
    assert [refused.codes for refused in record.refused] == [(code,) for _, code in rows]
    assert {code.partition(":")[0] for _, code in rows} <= set(REASONS)
    assert record.refused[4] == Refused(
        seq=4, outcome="quarantined", codes=("event_unknown",), pointer="/4", name="transaction"
    )
    assert [(event.seq, event.items[0].item_id) for event in record.events] == [(8, "44600062")]


@pytest.mark.parametrize("price", ["-1", "abc", "NaN", "1e999", "1e-999", "1_000", "9" * 15])
def test_an_impossible_price_is_absent_and_noted(tmp_path: Path, price: str) -> None:
    _, records = run(written(tmp_path, HEADER + f"2019-10-01 00:00:00,cart,1,,,,{price},u,s\n"))
    (event,) = events_of(records)
    assert (event.items[0].price, event.currency) == (None, None)
    assert event.notes == ("quantity_defaulted", "price_invalid")


def test_parquet_and_csv_of_the_same_rows_give_the_same_events(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    duckdb.execute(
        "copy (select timestamp '2019-10-01 00:00:00' as event_time, 'view' as event_type, 7::bigint as product_id, "
        "null::bigint as category_id, null::varchar as category_code, null::varchar as brand, 2.5::double as price, "
        f"1::bigint as user_id, 's' as user_session) to '{path}' (format parquet)"
    )
    csv = written(tmp_path, HEADER + "2019-10-01 00:00:00,view,7,,,,2.5,1,s\n")
    assert events_of(run(path)[1]) == events_of(run(csv)[1])


def test_only_the_rows_of_the_chosen_source_are_stored(tmp_path: Path) -> None:
    line = "2019-10-01 00:00:00 UTC,view,{},,,,1,u,s,{}\n"
    text = HEADER.strip() + ",src\n" + line.format(1, "a") + line.format(2, "b")
    report, records = run(written(tmp_path, text), src="b")
    (event,) = events_of(records)
    assert (report.rows, event.items[0].item_id, event.props) == (1, "2", {"src": "b"})


def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no column event_time, event_type"):
        run(written(tmp_path, "a,b\n1,2\n"))


def test_an_append_that_fails_ends_the_import(tmp_path: Path) -> None:
    async def full(_: bytes) -> None:
        raise Unavailable("disk is full")

    path = written(tmp_path, GOOD)
    with pytest.raises(Unavailable, match="disk is full"):
        asyncio.run(
            import_rees46(
                path, SHOP, full, now=lambda: NOW, ids=TimeOrderedIds(), progress=lambda done, total: None
            )
        )


def test_progress_ends_at_its_total_and_records_hold_500_rows(tmp_path: Path) -> None:
    rows = "".join(f"2019-10-01 00:00:00 UTC,view,{n},,,,1,u,s\n" for n in range(8_600))
    seen: list[tuple[int, int]] = []
    sizes: list[int] = []

    async def append(data: bytes) -> None:
        sizes.append(len(decode(data).events))

    progress: Callable[[int, int], None] = lambda done, total: seen.append((done, total))  # noqa: E731
    path = written(tmp_path, HEADER + rows)
    asyncio.run(import_rees46(path, SHOP, append, now=lambda: NOW, ids=TimeOrderedIds(), progress=progress))
    assert seen == [(0, 8_600), (8_000, 8_600), (8_600, 8_600)]
    assert sizes == [500] * 17 + [100]


@pytest.mark.skipif(not REAL.exists(), reason=f"real events are not beside this project: {REAL}")
def test_real_events_are_counted_to_the_cent() -> None:
    report, records = run(REAL, src="multi_2019-10-01")
    events = events_of(records)
    revenue = sum(Decimal(event.items[0].price or 0) for event in events if event.event == "purchase")
    assert (report.rows, report.refused) == (17_434, 0)
    assert report.by_event == {"add_to_cart": 165, "purchase": 214, "view_item": 17_055}
    assert len({event.user_id for event in events}) == 4_504
    assert len({event.session_id for event in events}) == 5_066
    assert len({event.event_id for event in events}) == 17_434
    assert revenue == Decimal("59442.63")


@pytest.mark.skipif(not REAL.exists(), reason=f"real events are not beside this project: {REAL}")
def test_real_duplicates_of_a_cosmetics_shop_are_kept() -> None:
    report, records = run(REAL, src="cosmetics_42school_year_minus3")
    events = events_of(records)
    revenue = sum(Decimal(event.items[0].price or 0) for event in events if event.event == "purchase")
    bodies = [line for record in records if record.raw for line in record.raw.body.splitlines()]
    assert report.by_event == {
        "add_to_cart": 1_300,
        "purchase": 323,
        "remove_from_cart": 1_051,
        "view_item": 2_321,
    }
    assert revenue == Decimal("1346.06")
    assert len(bodies) - len(set(bodies)) == 291
    assert len({event.event_id for event in events}) == 4_995
