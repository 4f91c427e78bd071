"""Values as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard import format


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (Decimal("1234.5"), "EUR", "€1,234.50"),
        (Decimal("-0.005"), "EUR", "−€0.01"),
        (Decimal("-0.004"), "EUR", "€0.00"),
        (Decimal("1234.5"), "JPY", "¥1,235"),
        (Decimal("7"), "PLN", "7.00\N{NO-BREAK SPACE}PLN"),
        (0.1 + 0.2, "USD", "$0.30"),
    ],
)
def test_money_is_exact_to_the_smallest_coin(value: Decimal, currency: str, shown: str) -> None:
    assert format.money(value, currency) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.12345, "12.3"), (0, "0.0"), (0.0004, "0.04"), (-0.05, "−5.0"), (12.3456, "1,234.6")],
)
def test_a_share_is_a_percentage_and_a_small_one_is_not_zero(share: float, shown: str) -> None:
    assert format.percent(share) == f"{shown}\N{NO-BREAK SPACE}%"


def test_numbers_have_thousands_and_a_true_minus() -> None:
    assert [format.count(1234567), format.number(2.50), format.number(-3), format.number(-0.001)] == [
        "1,234,567",
        "2.5",
        "−3",
        "0",
    ]


def test_a_moment_is_shown_on_the_shops_clock() -> None:
    moment = datetime(2026, 3, 17, 23, 30, 5, tzinfo=UTC)
    stored = moment.replace(tzinfo=None)
    assert format.moment(stored, ZoneInfo("Europe/Berlin")) == "18 Mar 2026 00:30:05"
    assert format.moment(moment, ZoneInfo("Asia/Kolkata")) == "18 Mar 2026 05:00:05"


def test_days_do_not_repeat_what_they_share() -> None:
    shown = [
        format.days(date(2026, 3, 18), date(2026, 3, 18)),
        format.days(date(2026, 3, 1), date(2026, 3, 18)),
        format.days(date(2026, 2, 1), date(2026, 3, 18)),
        format.days(date(2025, 12, 1), date(2026, 3, 18)),
    ]
    assert shown == ["Wed 18 Mar 2026", "1 – 18 Mar 2026", "1 Feb – 18 Mar 2026", "1 Dec 2025 – 18 Mar 2026"]


def test_growth_over_nothing_cannot_be_said() -> None:
    assert format.change(5, 0) is None
    assert format.change(None, 5) is None
    assert format.change(6, 5) == Decimal("0.2")
    assert format.change(4, -5) == Decimal("1.8")
