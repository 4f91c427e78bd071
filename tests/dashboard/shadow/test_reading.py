"""Exports of vendors, in the many ways that they are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.control.vendor_exports import Claimed
from collector.errors import OperatorError
from dashboard.reconcile_table import read_map
from dashboard.shadow.reading import Read, Told, read
from dashboard.shadow.words import MEANINGS

BERLIN = ZoneInfo("Europe/Berlin")


def taken(text: str | bytes, **told: Any) -> Read:
    data = text if isinstance(text, bytes) else text.encode()
    return read(data, "export.csv", BERLIN, "EUR", Told(**told))


def of(number: str, day: str, revenue: str | None, attributed: str | None, claims: int | None) -> Claimed:
    return Claimed(
        number=number,
        day=date.fromisoformat(day),
        revenue=revenue,
        attributed=attributed,
        claims=claims,
    )


def test_orders_with_what_is_claimed_of_each() -> None:
    found = taken(
        "Order number;Order date;Order revenue;Attributed revenue\n"
        "#A-1;17.03.2026;1.234,50;34,50\n"
        "A-2;18.03.2026;10,00;\n"
    )
    assert found.rows == [
        of("A-1", "2026-03-17", "1234.50", "34.50", 1),
        of("A-2", "2026-03-18", "10.00", "0", 0),
    ]
    assert found.summary.shape == "orders"
    assert (found.summary.first_day, found.summary.last_day) == (date(2026, 3, 17), date(2026, 3, 18))
    assert (found.summary.orders, found.summary.revenue) == (2, "1244.50")
    assert (found.summary.claims, found.summary.attributed) == (1, "34.50")


def test_a_yes_claims_the_whole_order_and_a_no_nothing() -> None:
    found = taken(
        "id,date,revenue,attributed\n1,2026-03-17,10.00,yes\n2,2026-03-17,20.00,no\n3,2026-03-17,5.00,\n",
        columns={"claimed": "attributed"},
    )
    assert [(row.attributed, row.claims) for row in found.rows] == [("10.00", 1), ("0", 0), ("0", 0)]


def test_what_a_file_does_not_tell_is_not_nothing() -> None:
    (row,) = taken("id,total\n1,10\n").rows
    assert (row.revenue, row.attributed, row.claims, row.day) == ("10", None, None, None)


def test_blocks_of_one_order_add_up_and_its_revenue_is_told_once() -> None:
    found = taken(
        "order id,date,revenue,attributed revenue,block\n"
        "1,2026-03-17,100,30,home\n"
        "1,2026-03-17,100,20,cart\n"
        "1,2026-03-17,100,20,cart\n"
    )
    assert found.rows == [of("1", "2026-03-17", "100", "50", 1)]
    assert found.summary.repeated == 1


def test_a_later_row_of_an_order_stands_in_place_of_the_earlier_one() -> None:
    found = taken("order id,date,revenue,attributed revenue\n1,2026-03-17,100,30\n1,2026-03-17,90,10\n")
    assert found.rows == [of("1", "2026-03-17", "90", "10", 1)]
    assert found.summary.repeated == 1


def test_sums_by_day() -> None:
    found = taken(
        "Day,Orders,Revenue,Attributed orders,Attributed revenue\n"
        "2026-03-18,3,300.50,1,10\n2026-03-17,2,20,0,0\n2026-03-17,2,20,0,0\n"
    )
    assert found.summary.shape == "days"
    assert found.rows == [
        Claimed(day=date(2026, 3, 17), orders=2, revenue="20", claims=0, attributed="0"),
        Claimed(day=date(2026, 3, 18), orders=3, revenue="300.50", claims=1, attributed="10"),
    ]
    assert found.summary.repeated == 1


def test_sums_of_blocks_that_tell_the_same_day_tell_it_once() -> None:
    found = taken(
        "date,orders,revenue,attributed revenue,block\n2026-03-17,9,900,30,home\n2026-03-17,9,900,20,cart\n"
    )
    assert found.rows == [
        Claimed(day=date(2026, 3, 17), orders=9, revenue="900", claims=None, attributed="50")
    ]


def test_rows_without_numbers_and_counts_are_orders_of_their_day() -> None:
    found = taken("date,revenue,attributed revenue\n17.03.2026,10,5\n17.03.2026,10,5\n17.03.2026,7,0\n")
    assert found.rows == [Claimed(day=date(2026, 3, 17), orders=3, revenue="27", claims=2, attributed="10")]


def test_rows_that_cannot_be_used_are_counted() -> None:
    found = taken("id,revenue,currency\n1,10,EUR\n2,10,usd\n,10,EUR\n3,10,\n")
    assert [row.number for row in found.rows] == ["1", "3"]
    assert (found.summary.unreadable, found.summary.other_currency) == (1, 1)


@pytest.mark.parametrize(
    ("text", "clock", "day"),
    [
        ("2026-03-17 23:30", "", "2026-03-17"),
        ("2026-03-17 23:30", "UTC", "2026-03-18"),
        ("17.03.2026 23:30", "UTC", "2026-03-18"),
        ("2026-03-17T23:30:00Z", "America/New_York", "2026-03-18"),
        ("2026-03-17", "America/New_York", "2026-03-17"),
        ("2026-03-17 01:00", "Asia/Tokyo", "2026-03-16"),
        ("17.03.2026 99:99", "UTC", "2026-03-17"),
    ],
)
def test_a_time_of_day_is_one_of_the_export_s_clock_and_counts_on_the_shop_s(
    text: str, clock: str, day: str
) -> None:
    (row,) = taken(f"id;date;total\n1;{text};9\n", clock=ZoneInfo(clock) if clock else None).rows
    assert row.day == date.fromisoformat(day)


def test_names_in_russian_and_an_encoding_of_its_own() -> None:
    text = "Номер заказа;Дата;Выручка;Выручка с рекомендаций\n7;17.03.2026;1 500,00 ₽;500,00\n"
    for data in (text.encode(), "\ufeff".encode() + text.encode(), text.replace(" ₽", "").encode("cp1251")):
        assert taken(data).rows == [of("7", "2026-03-17", "1500.00", "500.00", 1)]


def test_columns_can_be_told() -> None:
    told = read_map("id=Nr, attributed=Anteil", tuple(MEANINGS))
    (row,) = taken("Nr|Anteil\n5|2\n", columns=told).rows
    assert (row.number, row.attributed) == ("5", "2")


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        ("name,sum\na,1\n", {}, "no column for id or date"),
        ("id,shade\n1,blue\n", {}, "no column for any of revenue, orders, attributed, claims, claimed"),
        ("id,total\n1,2\n", {"source": "where"}, "no column for source"),
        ("id,total\n,2\n", {}, "no row that can be compared"),
        ("", {}, "no column for id or date"),
        (b"\0\1\2", {}, "no CSV file"),
        ("id,total\n" + "1," + "9" * 70_000, {}, "a line of the file is longer"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_the_reason(
    text: str | bytes, columns: dict[str, str], why: str
) -> None:
    with pytest.raises(OperatorError, match=why):
        taken(text, columns=columns)


def test_the_sums_of_a_summary_are_those_of_its_rows() -> None:
    found = taken("id,revenue,attributed revenue\n" + "".join(f"{n},{n}.10,{n % 3}.05\n" for n in range(200)))
    rows = found.rows
    assert Decimal(found.summary.revenue or "") == sum(Decimal(row.revenue or "") for row in rows)
    assert Decimal(found.summary.attributed or "") == sum(Decimal(row.attributed or "") for row in rows)
    assert found.summary.claims == sum(row.claims or 0 for row in rows)
