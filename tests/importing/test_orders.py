"""A shop's own orders become purchases and refunds: one an order, and every amount is kept."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from collector.errors import OperatorError
from collector.event import DecimalText, Event, Item
from collector.ids import TimeOrderedIds, is_keyed
from collector.importing.order_columns import OrderFile, number, order_file, read_map
from collector.importing.orders import import_orders
from collector.importing.table import ImportReport
from collector.reasons import REASONS
from collector.record import Record, Refused, decode, encode
from collector.wire import Shop
from tests.server import run_r46
from tests.store.world import load, open_store, rows

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Shop(shop_id="own", currency="EUR", timezone="Europe/London")
MAP = "order=No,item=Sku,quantity=Qty,price=Price,time=At,user=Customer,name=Title,country=Land"
FORM = order_file(SHOP, MAP, currency="GBP", cancelled_prefix="C")
HEADER = "No,Sku,Title,Qty,At,Price,Customer,Land\n"
GOOD = (
    HEADER
    + "536365,85123A,Holder,6,2010-07-01 08:26:00,2.55,17850,United Kingdom\n"
    + "536366,71053,Lantern,1,2010-07-01 08:28:00,3.39,,\n"
    + "536365,POST,,2,2010-07-01 08:27:00,1.005,17850,United Kingdom\n"
    + "C536367,85123A,Holder,-2,2010-07-02 09:00:00,2.55,17850,United Kingdom\n"
)


def run(path: Path, form: OrderFile = FORM, now: datetime = NOW) -> tuple[ImportReport, list[Record]]:
    records: list[Record] = []

    async def append(data: bytes) -> None:
        records.append(decode(data))

    importing = import_orders(
        form, path, SHOP, append, now=lambda: now, ids=TimeOrderedIds(), progress=lambda done, total: None
    )
    return asyncio.run(importing), records


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(text)
    return path


def events_of(records: list[Record]) -> list[Event]:
    return [event for record in records for event in record.events]


def test_lines_of_an_order_are_one_purchase_wherever_they_stand(tmp_path: Path) -> None:
    report, (record,) = run(written(tmp_path, GOOD))
    single, whole, _ = record.events
    assert report == ImportReport(
        rows=4,
        refused=0,
        by_event={"purchase": 2, "refund": 1},
        first=datetime(2010, 7, 1, 7, 26, tzinfo=UTC),
        last=datetime(2010, 7, 2, 8, 0, tzinfo=UTC),
    )
    assert (record.vendor, record.endpoint, record.shop_id) == ("file", "file.orders", "own")
    assert whole == Event(
        event="purchase",
        event_id=whole.event_id,
        ts=datetime(2010, 7, 1, 7, 26, tzinfo=UTC),
        ts_source="client",
        seq=1,
        pointer="/1",
        vendor_event="order",
        order_key="536365",
        transaction_id="536365",
        user_id="17850",
        items=(
            Item(item_id="85123A", item_name="Holder", price=DecimalText("2.55"), quantity=DecimalText("6")),
            Item(item_id="POST", price=DecimalText("1.005"), quantity=DecimalText("2")),
        ),
        value=DecimalText("17.31"),
        currency="GBP",
        props={"country": "United Kingdom"},
    )
    assert (single.transaction_id, single.user_id, single.value) == ("536366", None, "3.39")


def test_an_order_with_the_cancelling_prefix_is_money_given_back_and_no_order(tmp_path: Path) -> None:
    _, (record,) = run(written(tmp_path, GOOD))
    refund = record.events[2]
    assert refund == Event(
        event="refund",
        event_id=refund.event_id,
        ts=datetime(2010, 7, 2, 8, 0, tzinfo=UTC),
        ts_source="client",
        seq=2,
        pointer="/3",
        vendor_event="cancellation",
        transaction_id="C536367",
        user_id="17850",
        items=(
            Item(item_id="85123A", item_name="Holder", price=DecimalText("2.55"), quantity=DecimalText("2")),
        ),
        value=DecimalText("5.1"),
        currency="GBP",
        props={"country": "United Kingdom"},
    )


def test_a_line_of_a_negative_amount_is_given_back_beside_its_order(tmp_path: Path) -> None:
    text = HEADER + "1,a,,2,2010-07-01,10,u,\n1,voucher,,1,2010-07-01,-3.5,u,\n1,broken,,-4,2010-07-01,0,u,\n"
    _, (record,) = run(written(tmp_path, text))
    told = [
        (event.event, event.vendor_event, event.value, [item.item_id for item in event.items], event.pointer)
        for event in record.events
    ]
    assert told == [
        ("purchase", "order", "20", ["a"], "/0"),
        ("refund", "order", "3.5", ["voucher"], "/1"),
    ]
    assert len({event.event_id for event in record.events}) == 2


@pytest.mark.parametrize("seed", range(8))
def test_purchases_less_refunds_are_the_sum_of_all_lines(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    lines = [
        (
            f"{rng.choice(['', 'C'])}{rng.randrange(30)}",
            rng.randrange(-5, 9),
            Decimal(rng.randrange(-900, 9_000)) / 1000,
        )
        for _ in range(400)
    ]
    text = "".join(f"{order},x,,{quantity},2010-07-01,{price},,\n" for order, quantity, price in lines)
    report, records = run(written(tmp_path, HEADER + text))
    events = events_of(records)
    sums = {
        name: sum(Decimal(event.value or "nothing") for event in events if event.event == name)
        for name in ("purchase", "refund")
    }
    assert report.refused == 0
    assert sums["purchase"] - sums["refund"] == sum(quantity * price for _, quantity, price in lines)
    orders = {order for order, _, _ in lines if not order.startswith("C")}
    assert {event.order_key for event in events if event.event == "purchase"} == orders
    assert report.by_event["purchase"] == len(orders)


def test_the_raw_rows_stand_where_the_pointers_say(tmp_path: Path) -> None:
    _, (record,) = run(written(tmp_path, GOOD))
    assert record.raw is not None
    lines = [json.loads(line) for line in record.raw.body.splitlines()]
    assert [lines[int(event.pointer[1:])]["No"] for event in record.events] == [
        event.transaction_id for event in record.events
    ]
    assert lines[3] == {
        "No": "C536367",
        "Sku": "85123A",
        "Qty": "-2",
        "Price": "2.55",
        "At": "2010-07-02 09:00:00",
        "Customer": "17850",
        "Title": "Holder",
        "Land": "United Kingdom",
    }


def test_a_second_run_gives_the_same_ids_also_of_a_file_in_another_order(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first = {event.event_id for event in events_of(run(path)[1])}
    header, *lines = GOOD.splitlines()
    path.write_text("\n".join([header, *reversed(lines)]))
    assert first == {event.event_id for event in events_of(run(path)[1])}
    assert len(first) == 3
    assert all(is_keyed(event_id) for event_id in first)


def test_a_corrected_file_is_a_later_version_of_the_same_orders(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    corrected = GOOD.replace("71053,Lantern,1,", "71053,Lantern,4,")
    for day, text in enumerate((GOOD, GOOD, corrected)):
        _, records = run(written(tmp_path, text), now=NOW + timedelta(days=day))
        load(store, [encode(record) for record in records])
    assert rows(store, "select order_key, revenue, versions, visitor_id from orders order by order_key") == [
        ("536365", Decimal("17.3100"), 1, "u:17850"),
        ("536366", Decimal("13.5600"), 2, None),
    ]
    assert rows(store, "select count(*), sum(value) from events where event = 'refund'") == [
        (1, Decimal("5.1"))
    ]
    store.close()


def test_an_order_status_of_the_file_can_cancel_it(tmp_path: Path) -> None:
    form = order_file(SHOP, "order=o,item=i,time=t,price=p,status=s")
    _, records = run(written(tmp_path, "o,i,t,p,s\n1,a,2010-07-01,5,cancelled\n2,a,2010-07-01,7,\n"), form)
    store = open_store(tmp_path / "store.duckdb")
    load(store, [encode(record) for record in records])
    found = rows(store, "select order_key, revenue, currency, cancelled from orders order by order_key")
    assert found == [("1", Decimal(5), "EUR", True), ("2", Decimal(7), "EUR", False)]
    store.close()


def test_what_the_file_does_not_say_is_noted(tmp_path: Path) -> None:
    form = order_file(SHOP, "order=o,item=i,quantity=q,price=p,time=t,user=u,email=e")
    text = "o,i,q,p,t,u,e\n1,a,,free,2010-07-01,7,Ann@Example.org\n1,b,1,2,2010-07-01,8,\n"
    (event,) = events_of(run(written(tmp_path, text), form)[1])
    assert event.notes == ("identity_conflict", "quantity_defaulted", "price_invalid", "currency_defaulted")
    assert {code.partition(":")[0] for code in event.notes} <= set(REASONS)
    assert (event.user_id, event.email, event.value, event.currency) == ("7", "ann@example.org", "2", "EUR")
    assert event.items[0] == Item(item_id="a", quantity=DecimalText("1"))


def test_bad_rows_are_kept_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    faults = (
        (",a,,1,2010-07-01,1,,", "field_missing:order"),
        ("1,,,1,2010-07-01,1,,", "item_id_missing"),
        ("1,a,,many,2010-07-01,1,,", "field_format:quantity"),
        ("1,a,,1e9,2010-07-01,1,,", "field_format:quantity"),
        ("1,a,,1,,1,,", "ts_missing"),
        ("1,a,,1,yesterday,1,,", "ts_invalid"),
        ("1,a,,1,1999-07-01,1,,", "ts_out_of_range"),
        ("1,a,,1,2030-07-01,1,,", "ts_out_of_range"),
        ("1,a,,1", "wrong_shape"),
    )
    text = HEADER + "".join(f"{line}\n" for line, _ in faults) + "1,b,,1,2010-07-01,4,,\n"
    report, (record,) = run(written(tmp_path, text))
    assert (report.rows, report.refused, report.by_event) == (10, 9, {"purchase": 1})
    assert record.raw is not None
    lines = [json.loads(line) for line in record.raw.body.splitlines()]
    for refused in record.refused:
        (code,) = refused.codes
        assert code.partition(":")[0] in REASONS
        raw = lines[int(refused.pointer[1:])]
        assert (raw.get("line") or ",".join(raw[name] for name in HEADER.strip().split(",")), code) in faults
    assert record.refused[0] == Refused(
        seq=1, outcome="quarantined", codes=("field_missing:order",), pointer="/0", name="order"
    )
    assert [item.item_id for item in record.events[0].items] == ["b"]


def test_an_order_longer_than_a_record_stays_whole(tmp_path: Path) -> None:
    lines = [f"{number % 3},p{number},,1,2010-07-01,1,,\n" for number in range(1_800)]
    _, records = run(written(tmp_path, HEADER + "".join(lines)))
    assert [(event.order_key, len(event.items)) for event in events_of(records)] == [
        ("0", 600),
        ("1", 600),
        ("2", 600),
    ]
    assert [event.seq for record in records for event in record.events] == [0, 0, 0]


def test_times_are_on_the_files_clock_and_in_its_form(tmp_path: Path) -> None:
    form = order_file(SHOP, "order=o,item=i,time=t", zone="America/New_York", time_format="%m/%d/%Y %H:%M")
    (event,) = events_of(run(written(tmp_path, "o,i,t\n1,a,12/1/2010 8:26\n"), form)[1])
    assert (event.ts, event.value) == (datetime(2010, 12, 1, 13, 26, tzinfo=UTC), None)
    told = order_file(SHOP, "order=o,item=i,time=t", zone="America/New_York")
    (event,) = events_of(run(written(tmp_path, "o,i,t\n1,a,2010-12-01T08:26:00+09:00\n"), told)[1])
    assert event.ts == datetime(2010, 11, 30, 23, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order", "'order' is not MEANING=COLUMN"),
        ("order=a,item=b,time=", "'time=' is not MEANING=COLUMN"),
        ("order=a,item=b,time=c,colour=d", "'colour' is none of order, item, time"),
        ("order=a,item=b,time=c,item=d", "'item' stands there twice"),
        ("item=b", "must also say which column is order, time"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        read_map(text)


def test_unknown_zones_currencies_and_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="'Mars/Olympus' is no time zone"):
        order_file(SHOP, MAP, zone="Mars/Olympus")
    with pytest.raises(OperatorError, match="'pounds' is no ISO 4217 code"):
        order_file(SHOP, MAP, currency="pounds")
    with pytest.raises(OperatorError, match=r"orders.csv has no column Price, Land; it has No, Sku"):
        run(written(tmp_path, "No,Sku,Qty,At,Customer,Title\n"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", Decimal(12)),
        ("-0.50", Decimal("-0.5")),
        ("1.23450000", Decimal("1.2345")),
        ("1.23456", None),
        ("1,5", None),
        ("٣", None),
        ("NaN", None),
        ("1e3", None),
        ("", None),
        ("100000000000000", None),
    ],
)
def test_a_number_is_plain_and_fits_the_store(text: str, value: Decimal | None) -> None:
    assert number(text) == value


def test_a_parquet_file_of_typed_columns_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    duckdb.execute(
        f"copy (select 7::bigint as o, 'a' as i, timestamp '2010-07-01 08:26:00' as t, 2.5::double as p) to '{path}' "
        "(format parquet)"
    )
    form = OrderFile(
        columns=read_map("order=o,item=i,time=t,price=p"), zone=ZoneInfo("Europe/London"), currency="GBP"
    )
    (event,) = events_of(run(path, form)[1])
    assert (event.order_key, event.ts, event.value) == ("7", datetime(2010, 7, 1, 7, 26, tzinfo=UTC), "2.5")


def test_the_command_stores_the_file_and_again_nothing(tmp_path: Path) -> None:
    data, path = str(tmp_path / "data"), str(written(tmp_path, GOOD))
    run_r46("shop", "add", "Own", "--id", "own", "--currency", "GBP", "--data", data)
    for _ in range(2):
        said = run_r46(
            *("import", "orders", path, "--shop", "own", "--map", MAP),
            *("--zone", "Europe/London", "--currency", "GBP", "--cancelled-prefix", "C", "--data", data),
        )
        assert said == "read 4 rows (purchase 2, refund 1); refused 0\n"
    lines = run_r46("export", "events", "--shop", "own", "--data", data).splitlines()
    assert Counter(json.loads(line)["event"] for line in lines) == {"purchase": 2, "refund": 1}
