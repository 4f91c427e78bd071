"""A shop's own export against the orders here: what a plain program finds, whatever the file looks like."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from collector.control import Control
from collector.control.reconciliations import KEPT, Difference, Summary
from collector.errors import OperatorError
from collector.store.reader import CursorPool, DuckReader
from collector.wire import Shop
from dashboard import reconcile, reconcile_table, reconcile_words
from dashboard.reconcile import Compared
from tests.dashboard.shop_world import (
    FORMULA,
    HOSTILE,
    SHOP,
    Answer,
    Client,
    app_over,
    at,
    empty_store,
    order,
    session,
    signed_in,
)

ZONE = ZoneInfo(SHOP.timezone)
RETAIL = Path(__file__).resolve().parents[3] / "shared/data/online_retail.parquet"
SKIP = "the open data of a UK shop lies beside the project, not in it"


def reader_of(db: duckdb.DuckDBPyConnection) -> DuckReader:
    return DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))


def read(text: str, **told: str) -> reconcile_table.Export:
    return reconcile_table.read(text.encode(), ZONE, told)


def compared(db: duckdb.DuckDBPyConnection, text: str, tolerance: str = "0.01") -> Compared:
    return reconcile.reconcile(
        reader_of(db), SHOP, read(text), name="orders.csv", tolerance=Decimal(tolerance)
    )


def outcomes(made: Compared) -> list[tuple[str, str, str]]:
    return [(row.number, row.outcome, row.reason) for row in made.rows]


def test_every_outcome_and_its_reason() -> None:
    db = empty_store()
    order(db, "ok", "03-10 09:00", "10.00", value="12.00")
    order(db, "net", "03-10 09:00", "10.00", value="12.00")
    order(db, "lines", "03-10 09:00", "9.00", value="12.00", lines_total="11.00")
    order(db, "other", "03-10 09:00", "10.00", value="12.00")
    order(db, "usd", "03-10 09:00", "10.00", currency="USD")
    order(db, "back", "03-10 09:00", "10.00")
    order(db, "gone", "03-10 09:00", "10.00", cancelled=True)
    order(db, "robot", "03-10 09:00", "10.00", bot=True)
    order(db, "extra", "03-11 09:00", "77.00")
    order(db, "late", "03-12 22:30", "5.00")  # half an hour before midnight in Berlin
    order(db, "void", "03-11 09:00", "6.00", cancelled=True)
    order(db, "auto-0123456789abcdef0123", "03-11 09:00", "8.00")
    order(db, "A-77", "03-11 10:00", "33.00")
    order(db, "before", "03-09 09:00", "1.00")
    made = compared(
        db,
        "order id,total,date,status,currency\n"
        "ok,12.00,2026-03-10,done,EUR\n"
        "#net,10.00,2026-03-10,done,EUR\n"
        "lines,11.00,2026-03-10,done,EUR\n"
        "other,12.50,2026-03-10,done,EUR\n"
        "usd,10.00,2026-03-10,done,EUR\n"
        "back,10.00,2026-03-10,Refunded,EUR\n"
        "gone,10.00,2026-03-10,done,EUR\n"
        "robot,10.00,2026-03-10,done,EUR\n"
        "credit,-4.00,2026-03-10,done,EUR\n"
        "B-77,33.00,2026-03-12,done,EUR\n"
        "phone,70.00,2026-03-10,done,EUR\n"
        "dark,70.00,2026-03-12,done,EUR\n",
    )
    assert outcomes(made) == [
        ("credit", "missing_here", "credit"),
        ("phone", "missing_here", "never_came"),
        ("robot", "missing_here", "robot"),
        ("B-77", "missing_here", "other_number"),
        ("dark", "missing_here", "never_came"),
        ("A-77", "unknown_there", "other_number"),
        ("auto-0123456789abcdef0123", "unknown_there", "no_number"),
        ("extra", "unknown_there", "not_exported"),
        ("void", "unknown_there", "cancelled_here"),
        ("late", "unknown_there", "edge"),
        ("lines", "amount_differs", "lines_alone"),
        ("net", "amount_differs", "without_shipping"),
        ("other", "amount_differs", "amount"),
        ("usd", "amount_differs", "currency"),
        ("back", "status_differs", "cancelled_there"),
        ("gone", "status_differs", "cancelled_here"),
    ]
    assert made.summary == Summary(
        name="orders.csv",
        currency="EUR",
        tolerance="0.01",
        first_day=date(2026, 3, 10),
        last_day=date(2026, 3, 12),
        orders_there=12,
        orders_here=12,
        matched=1,
        missing_here=5,
        unknown_there=5,
        amount_differs=4,
        status_differs=2,
        sum_there="254.50",
        sum_here="197.00",
    )
    assert [(day.day.day, day.both, day.differs, day.there, day.missing) for day in made.days] == [
        (10, 7, 4, 10, 3),
        (12, 0, 0, 2, 2),
    ]


def test_a_day_without_any_order_here_says_that_nothing_arrived() -> None:
    db = empty_store()
    order(db, "a", "03-10 09:00", "10.00")
    made = compared(db, "id;total;date\na;10,00;10.03.2026\nb;9,50;11.03.2026\n")
    assert outcomes(made) == [("b", "missing_here", "silent_day")]


def test_an_order_is_matched_on_whatever_day_it_was_placed() -> None:
    db = empty_store()
    order(db, "a", "01-02 09:00", "10.00")
    made = compared(db, "id,total,date\na,10.00,2026-03-10\n")
    assert (made.summary.matched, outcomes(made)) == (1, [])


def test_an_export_without_days_covers_none_and_knows_of_no_order_too_many() -> None:
    db = empty_store()
    order(db, "a", "03-10 09:00", "10.00")
    order(db, "b", "03-10 09:00", "10.00")
    made = compared(db, "id,total\na,10.00\n")
    assert (made.summary.first_day, made.summary.matched, made.summary.unknown_there) == (None, 1, 0)


def test_amounts_within_the_tolerance_are_equal_and_a_cent_beyond_is_not() -> None:
    db = empty_store()
    for key in ("a", "b"):
        order(db, key, "03-10 09:00", "10.00")
    made = compared(db, "id,total,date\na,10.05,2026-03-10\nb,10.06,2026-03-10\n", tolerance="0.05")
    assert outcomes(made) == [("b", "amount_differs", "amount")]


@pytest.mark.parametrize(
    ("text", "comma", "amount"),
    [
        ("1234.50", False, "1234.50"),
        ("1,234.50 €", False, "1234.50"),
        ("1.234,50", False, "1234.50"),
        ("1\N{NO-BREAK SPACE}234,5", False, "1234.5"),
        ("€ 1'234.50", False, "1234.50"),
        ("1,234", False, "1234"),
        ("1,234", True, "1.234"),
        ("1.234", True, "1234"),
        ("-5", False, "-5"),
        ("\N{MINUS SIGN}5,00", False, "-5.00"),
        ("(5.00)", False, "-5.00"),
        ("1,234,567", False, "1234567"),
        ("USD 12", False, "12"),
        ("12 руб.", False, "12"),
        ("", False, None),
        ("free", False, None),
        ("1.2.3,4,5", False, None),
        ("9" * 40, False, None),
        ("=1+1", False, "1"),
    ],
)
def test_amounts_are_read_as_shops_write_them(text: str, comma: bool, amount: str | None) -> None:
    assert reconcile_words.amount_of(text, comma=comma) == (None if amount is None else Decimal(amount))


def test_what_one_value_leaves_open_the_others_of_its_column_tell() -> None:
    told = read("id;total;date\na;1,234;03/04/2026\nb;2,50;13/04/2026\n")
    assert [(one.total, one.day) for one in told.orders] == [
        (Decimal("1.234"), date(2026, 4, 3)),
        (Decimal("2.50"), date(2026, 4, 13)),
    ]
    told = read("id;total;date\na;1,234;03/04/2026\nb;2.50;04/13/2026\n")
    assert [(one.total, one.day) for one in told.orders] == [
        (Decimal(1234), date(2026, 3, 4)),
        (Decimal("2.50"), date(2026, 4, 13)),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-10T23:30:00Z", date(2026, 3, 11)),
        ("2026-03-10 23:30", date(2026, 3, 10)),
        ("10.03.26 12:00", date(2026, 3, 10)),
        ("2026/3/10", date(2026, 3, 10)),
        ("31.02.2026", None),
        ("yesterday", None),
    ],
)
def test_a_day_is_that_of_the_shops_clock(text: str, day: date | None) -> None:
    assert reconcile_words.day_of(text, ZONE, month_first=False) == day


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_same_orders_are_read_from_every_dialect(encoding: str, delimiter: str) -> None:
    lines = [["Номер заказа", "Сумма", "Дата", "Статус"], ["А-1", "12.5", "10.03.2026", "Отменён, возврат"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    told = reconcile_table.read(out.getvalue().encode(encoding), ZONE, {})
    (one,) = told.orders
    assert (one.number, one.total, one.day, one.status, one.cancelled) == (
        "А-1",
        Decimal("12.5"),
        date(2026, 3, 10),
        "Отменён, возврат",
        True,
    )


def test_a_western_file_is_no_cyrillic_one() -> None:
    told = reconcile_table.read(
        "Bestellnummer;Betrag;Status\nÄ1;1,50;zurückgegeben\n".encode("latin-1"), ZONE, {}
    )
    assert [(one.number, one.status) for one in told.orders] == [("Ä1", "zurückgegeben")]


def test_columns_are_told_where_their_names_are_not_usual() -> None:
    told = read("Ref,Paid\nx,3\n", id="ref", total="PAID")
    assert [(one.number, one.total) for one in told.orders] == [("x", Decimal(3))]
    assert reconcile_table.read_map("id=Ref, total=Paid") == {"id": "Ref", "total": "Paid"}
    for wrong in ("id", "id=", "number=x", "id=a,id=b"):
        with pytest.raises(OperatorError, match="MEANING=COLUMN"):
            reconcile_table.read_map(wrong)


def test_rows_without_a_number_or_an_amount_are_counted_and_repeats_are_one_order() -> None:
    told = read("id,total\na,1\n,2\nb,none\na,3\n\n")
    assert [(one.number, one.total) for one in told.orders] == [("a", Decimal(3))]
    assert (told.unreadable, told.repeated) == (2, 1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no column for id, total"),
        (b"name,price\na,1\n", "no column for id, total; its first line has: name, price"),
        (b"PK\x03\x04\x00\x00\x08\x00", "no CSV file"),
        (b"id,total\n" + b"x" * 70_000 + b",1\n", "longer than 64 KiB"),
        (b"x" * 10_000_000, "longer than 64 KiB"),
        (b'id,total\n"' + b"x\n" * 100_000 + b'",1\n', "a value is longer"),
        (b"id,total\n" + b"a,1\n" * 250_001, "more than 250,000 rows"),
    ],
)
def test_a_file_that_cannot_be_compared_says_why(data: bytes, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        reconcile_table.read(data, ZONE, {})


def test_noise_is_refused_or_read_and_never_an_error_of_ours() -> None:
    dice = random.Random(4)
    good = "id;total;date\nА-1;1 234,50;10.03.2026\n=1+1;5;2026-03-11\n".encode("cp1251")
    for _ in range(400):
        data = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(data))
            data[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 4))
        with suppress(OperatorError):
            told = reconcile_table.read(bytes(data), ZONE, {})
            assert len(told.orders) + told.repeated + told.unreadable <= 2 + data.count(b"\n")


def plain(
    there: Mapping[str, tuple[Decimal, date, bool]], here: Mapping[str, tuple[Decimal, date, bool]]
) -> dict[str, int]:
    """The counts of a reconciliation, by sets."""
    both = there.keys() & here.keys()
    span = min(one[1] for one in there.values()), max(one[1] for one in there.values())
    differs = {key for key in both if abs(there[key][0] - here[key][0]) > Decimal("0.01")}
    status = {key for key in both - differs if there[key][2] != here[key][2]}
    return {
        "matched": len(both - differs - status),
        "missing_here": len(there.keys() - here.keys()),
        "unknown_there": sum(span[0] <= here[key][1] <= span[1] for key in here.keys() - there.keys()),
        "amount_differs": len(differs),
        "status_differs": len(status),
    }


@pytest.mark.parametrize("seed", range(6))
def test_counts_and_sums_are_those_of_a_plain_program(seed: int) -> None:
    dice = random.Random(seed)
    db = empty_store()
    there: dict[str, tuple[Decimal, date, bool]] = {}
    here: dict[str, tuple[Decimal, date, bool]] = {}
    for number in range(60):
        key, moment = f"k{number}", at("03-01 11:00") + timedelta(days=dice.randint(0, 14))
        amount, back = Decimal(dice.randint(100, 9999)) / 100, dice.random() < 0.2
        day = moment.replace(tzinfo=UTC).astimezone(ZONE).date()
        if dice.random() < 0.8:
            here[key] = amount, day, back
            order(db, key, moment.strftime("%m-%d %H:%M"), str(amount), cancelled=back)
        if dice.random() < 0.8 or not there:
            off = dice.choice((Decimal(0), Decimal(0), Decimal("0.01"), Decimal("0.02"), Decimal(5)))
            there[key] = amount + off, day, back if dice.random() < 0.9 else not back
    rows = [
        f"{key};{told[0]};{told[1]:%d.%m.%Y};{'cancelled' if told[2] else 'paid'}"
        for key, told in there.items()
    ]
    dice.shuffle(rows)
    made = compared(db, "\n".join(("Number;Total;Date;Status", *rows)))
    wanted = plain(there, here)
    assert {name: getattr(made.summary, name) for name in wanted} == wanted
    assert Decimal(made.summary.sum_there) == sum(told[0] for told in there.values())
    listed = [row.outcome for row in made.rows]
    assert {name: listed.count(name) for name in reconcile.OUTCOMES} == {
        name: wanted[name] for name in reconcile.OUTCOMES
    }
    assert sum(day.missing for day in made.days) == wanted["missing_here"]
    assert sum(day.differs for day in made.days) == wanted["amount_differs"]


@pytest.mark.skipif(not RETAIL.is_file(), reason=SKIP)
def test_a_year_of_a_real_shop_is_compared_with_itself_but_for_what_was_changed() -> None:
    db = empty_store()
    orders = db.execute(
        "select InvoiceNo, sum(Quantity::decimal(18, 4) * UnitPrice::decimal(18, 4)), min(InvoiceDate::timestamp) "
        "from read_parquet(?) where InvoiceNo not like 'C%' group by InvoiceNo order by InvoiceNo",
        [str(RETAIL)],
    ).fetchall()
    assert len(orders) == 22_064
    shop = Shop(shop_id="uk", name="UK", currency="GBP", timezone="Europe/London")
    db.execute(
        "create table them as select InvoiceNo as number, "
        "sum(Quantity::decimal(18, 4) * UnitPrice::decimal(18, 4)) as total, min(InvoiceDate::timestamp) as placed "
        "from read_parquet(?) where InvoiceNo not like 'C%' group by InvoiceNo",
        [str(RETAIL)],
    )
    kept = [row for index, row in enumerate(orders) if index % 100]
    _insert_orders(db, "uk", [number for number, _, _ in kept])
    rows = [
        f"{number},{total + (1 if index % 1000 == 7 else 0)},{placed:%Y-%m-%d %H:%M}"
        for index, (number, total, placed) in enumerate(orders)
        if index % 500 != 3
    ]
    export = reconcile_table.read(
        "\n".join(("InvoiceNo,Total,InvoiceDate", *rows)).encode(), ZoneInfo("Europe/London"), {}
    )
    made = reconcile.reconcile(reader_of(db), shop, export, name="uk.csv")
    changed = [index for index in range(len(orders)) if index % 1000 == 7]
    missing = [index for index in range(len(orders)) if index % 100 == 0]
    unknown = [index for index in range(len(orders)) if index % 500 == 3]
    assert (made.summary.amount_differs, made.summary.missing_here, made.summary.unknown_there) == (
        len(changed),
        len(missing),
        len(unknown),
    )
    assert made.summary.matched == len(rows) - len(changed) - len(missing)
    assert {row.number for row in made.rows if row.outcome == "amount_differs"} == {
        orders[index][0] for index in changed
    }


def _insert_orders(db: duckdb.DuckDBPyConnection, shop_id: str, numbers: Sequence[str]) -> None:
    """Orders of the temporary table `them`, by one statement."""
    required = db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = 'orders' and not is_nullable"
    ).fetchall()
    nothing = {"VARCHAR": "''", "TIMESTAMP": "placed", "BOOLEAN": "false", "UUID": "uuid()"}
    columns = {name: nothing.get(kind.split("(")[0], "0") for name, kind in required}
    columns |= {
        "shop_id": "$shop",
        "order_key": "number",
        "transaction_id": "number",
        "placed_at": "timezone('UTC', timezone('Europe/London', placed))",
        "revenue": "total",
        "value": "total",
        "currency": "'GBP'",
    }
    names = ", ".join(f'"{name}"' for name in columns)
    db.execute(
        f"insert into orders ({names}) select {', '.join(columns.values())} from them "
        "where list_contains($numbers::varchar[], number)",
        {"shop": shop_id, "numbers": list(numbers)},
    )


def multipart(fields: Mapping[str, str], file: tuple[str, bytes]) -> tuple[bytes, dict[str, str]]:
    edge = "----edge7"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\nContent-Type: text/csv\r\n\r\n'
    body = b"".join((*parts, head.encode(), file[1], f"\r\n--{edge}--\r\n".encode()))
    return body, {"content_type": f"multipart/form-data; boundary={edge}"}


def post(client: Client, file: tuple[str, bytes], *, headers: Any = None, **fields: str) -> Answer:
    body, sent = multipart({"act": "reconcile", **fields}, file)
    return asyncio.run(client._ask("POST", "/quality?tab=reconcile", body, {**sent, **(headers or {})}))


@pytest.fixture
def client() -> Client:
    db = empty_store()
    session(db, "s", "03-10 09:00", "ann")
    order(db, "a", "03-10 09:00", "10.00", visitor_id="ann", session_key="s")
    order(db, "b", "03-10 09:00", "20.00")
    return signed_in(app_over(db))


CSV = f'id,total,date\na,10.00,2026-03-10\nb,21.00,2026-03-10\n"{HOSTILE}",5,2026-03-10\n"{FORMULA.replace(chr(34), chr(34) * 2)}",6,2026-03-10\n'.encode()


def test_an_upload_is_compared_kept_and_shown(client: Client) -> None:
    answer = post(client, ("march.csv", CSV))
    assert answer.status == 303
    page = client.get(answer.headers["location"])
    assert page.status == 200
    assert "march.csv" in page.text
    told = client.get(answer.headers["location"].replace("/quality?", "/quality.json?")).json()["tables"]
    (row,) = told["quality/reconciliations"]["rows"]
    assert (row["matched"], row["missing_here"], row["amount_differs"], row["sum_here"]) == (
        1,
        2,
        1,
        "30.0000",
    )
    rows = told["quality/reconciled"]["rows"]
    assert [(one["number"], one["outcome"], one["there"], one["here"]) for one in rows] == [
        (HOSTILE, "missing_here", "5.0000", None),
        (FORMULA, "missing_here", "6.0000", None),
        ("b", "amount_differs", "21.0000", "20.0000"),
    ]


def test_what_a_file_holds_is_text_on_the_page_and_no_formula_in_the_csv(client: Client) -> None:
    place = post(client, (f'x"{HOSTILE}.csv', CSV)).headers["location"]
    text = client.get(place).text
    assert "<img" not in text
    assert "&lt;img" in text
    rows = client.get(place.replace("/quality?", "/quality.csv?table=quality/reconciled&")).text
    assert "'=HYPERLINK" in rows
    assert "\n=HYPERLINK" not in rows


def test_a_reconciliation_gives_its_checks_a_history(client: Client) -> None:
    post(client, ("march.csv", CSV))
    told = client.get("/quality.json?tab=checks&period=28d").json()["tables"]
    days = {row["day"]: row for row in told["quality/checks/amount_mismatch"]["rows"]}
    assert (days["2026-03-10"]["found"], days["2026-03-10"]["base"], days["2026-03-10"]["value"]) == (
        1,
        2,
        0.5,
    )
    missing = {row["day"]: row for row in told["quality/checks/orders_missing"]["rows"]}
    assert (missing["2026-03-10"]["found"], missing["2026-03-10"]["base"]) == (2, 4)
    assert days["2026-03-11"]["value"] is None


@pytest.mark.parametrize(
    ("fields", "file", "said"),
    [
        ({}, ("x.csv", b""), "no file was chosen"),
        ({}, ("x.csv", b"\x00\x01"), "no CSV file"),
        ({"tolerance": "-1"}, ("x.csv", CSV), "is no amount for a tolerance"),
        ({"encoding": "rot13"}, ("x.csv", CSV), "is none of utf-8"),
        ({"column_total": "nothing"}, ("x.csv", CSV), "no column for total"),
        ({}, ("x.csv", b"id,total\n,\n"), "no row with a number and an amount"),
    ],
)
def test_an_upload_that_cannot_be_compared_keeps_nothing_and_says_why(
    client: Client, fields: dict[str, str], file: tuple[str, bytes], said: str
) -> None:
    answer = post(client, file, **fields)
    assert answer.status == 400
    assert said in answer.text
    told = client.get("/quality.json?tab=reconcile").json()["tables"]
    assert told["quality/reconciliations"]["rows"] == []


def test_a_form_of_another_site_or_of_nobody_changes_nothing(client: Client) -> None:
    assert post(client, ("x.csv", CSV), headers={"sec_fetch_site": "cross-site"}).status == 403
    assert post(client, ("x.csv", CSV), headers={"origin": "https://evil.example"}).status == 403
    stranger = Client(client.app)
    assert post(stranger, ("x.csv", CSV)).headers["location"].startswith("/signin?")
    told = client.get("/quality.json?tab=reconcile").json()["tables"]
    assert told["quality/reconciliations"]["rows"] == []


def test_a_file_beyond_twenty_mebibytes_is_refused_before_it_is_held(client: Client) -> None:
    answer = post(client, ("x.csv", b"a" * (21 * 1024 * 1024)))
    assert answer.status == 400
    assert "the form is larger than" in answer.text


def _summary(name: str) -> Summary:
    return Summary(
        name=name,
        currency="EUR",
        tolerance="0.01",
        first_day=None,
        last_day=None,
        orders_there=0,
        orders_here=0,
        matched=0,
        missing_here=0,
        unknown_there=0,
        amount_differs=0,
        status_differs=0,
        sum_there="0",
        sum_here="0",
    )


def test_the_last_reconciliations_of_a_shop_are_kept_and_older_ones_forgotten(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.sqlite")
    rows = [Difference(number="a", outcome="missing_here", reason="never_came", day=date(2026, 3, 1))]
    made = [
        control.reconciliations.add("kettles", float(number), _summary(f"{number}"), (), rows)
        for number in range(KEPT + 2)
    ]
    other = control.reconciliations.add("lamps", 0.0, _summary("lamps"), (), ())
    control.close()
    again = Control(tmp_path / "control.sqlite").reconciliations
    assert [one.summary.name for one in again.of("kettles")] == [
        str(number) for number in range(KEPT + 1, 1, -1)
    ]
    assert again.rows("kettles", made[-1]) == rows
    assert again.rows("kettles", made[0]) == []
    assert again.rows("kettles", other) == []
    assert [one.reconciliation_id for one in again.of("lamps")] == [other]
