"""Values as people read them."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts, format
from dashboard.texts import languages

SPACE = "\N{NO-BREAK SPACE}"


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


def test_russian_writes_spaces_commas_and_the_sign_after_the_amount() -> None:
    with format.speaking("ru"):
        shown = [
            format.count(1234567),
            format.number(1234.5),
            format.percent(0.1234),
            format.money(Decimal("-1234.5"), "EUR"),
            format.money(Decimal("1234.5"), "JPY"),
            format.money(7, "PLN"),
            format.money(7),
        ]
    assert shown == [
        f"1{SPACE}234{SPACE}567",
        f"1{SPACE}234,5",
        f"12,3{SPACE}%",
        f"−1{SPACE}234,50{SPACE}€",
        f"1{SPACE}235{SPACE}¥",
        f"7,00{SPACE}PLN",
        "7,00",
    ]


def test_russian_declines_the_month_of_a_day_and_names_the_one_that_stands_alone() -> None:
    first, last = date(2026, 5, 1), date(2026, 5, 18)
    with format.speaking("ru"):
        shown = [
            format.day(last),
            format.short_day(first),
            format.days(first, last),
            format.month(first),
            format.moment(datetime(2026, 5, 17, 23, 30, 5, tzinfo=UTC), ZoneInfo("Europe/Berlin")),
        ]
    assert shown == [
        "пн, 18 мая 2026",
        "1 мая",
        "1 – 18 мая 2026",
        "май 2026",
        "18 мая 2026, 01:30:05",
    ]
    assert format.day(last) == "Mon 18 May 2026"


@given(
    language=st.sampled_from(languages()),
    value=st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False),
    currency=st.sampled_from(["EUR", "RUB", "PLN", ""]),
)
def test_an_amount_can_be_read_back_in_every_language(language: str, value: Decimal, currency: str) -> None:
    with format.speaking(language):
        decimal, group = format.spoken().decimal, format.spoken().group
        text = format.money(value, currency)
    figures = "".join(re.findall(rf"[0-9{re.escape(decimal)}−]", text.replace(group, "")))
    assert Decimal(figures.replace("−", "-").replace(decimal, ".")) == value


def test_what_is_begun_inside_speaks_the_language_of_its_beginning_and_the_outside_its_own() -> None:
    async def both() -> list[str]:
        async def later(language: str) -> str:
            with format.speaking(language):
                await asyncio.sleep(0)
                return await asyncio.to_thread(format.number, 1.5)

        return list(await asyncio.gather(later("ru"), later("en"), later("ru")))

    assert asyncio.run(both()) == ["1,5", "1.5", "1,5"]
    assert format.number(1.5) == "1.5"


def test_an_axis_has_the_sign_where_the_language_puts_it_and_no_letters_it_cannot_read() -> None:
    rows: list[charts.Row] = [
        {"x": date(2026, 3, 18), "y": Decimal("1500")},
        {"x": date(2026, 3, 19), "y": None},
    ]

    def axis(language: str) -> dict[str, object]:
        with format.speaking(language):
            made = charts.lines(rows, [charts.Series("y", "Y")], x="x", kind="money", currency="RUB")
        found = made.figure.layout.yaxis
        hovers = list(made.figure.data[0].text)
        return {"format": found.tickformat, "signs": [found.tickprefix, found.ticksuffix], "hovers": hovers}

    assert axis("en") == {"format": "~s", "signs": ["₽", None], "hovers": ["₽1,500.00", "n/a"]}
    assert axis("ru") == {
        "format": ",.2~f",
        "signs": [None, f"{SPACE}₽"],
        "hovers": [f"1{SPACE}500,00{SPACE}₽", "н/д"],
    }
