"""Which days a period means, in the shop's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.periods import Days, Period, Span, compared, days_of, shift_of, span_of


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of 2026 as the store keeps it: UTC without saying so."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
TODAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("period", "first", "stop"),
    [
        ("today", date(2026, 3, 18), date(2026, 3, 19)),
        ("yesterday", date(2026, 3, 17), date(2026, 3, 18)),
        ("7d", date(2026, 3, 12), date(2026, 3, 19)),
        ("28d", date(2026, 2, 19), date(2026, 3, 19)),
        ("month", date(2026, 3, 1), date(2026, 3, 19)),
        ("last_month", date(2026, 2, 1), date(2026, 3, 1)),
        ("year", date(2026, 1, 1), date(2026, 3, 19)),
    ],
)
def test_a_period_is_a_run_of_local_days(period: Period, first: date, stop: date) -> None:
    assert days_of(period, TODAY) == Days(first, stop)


def test_a_day_lasts_from_local_midnight_to_local_midnight() -> None:
    assert span_of(Days(TODAY, date(2026, 3, 19)), KOLKATA) == Span(utc(3, 17, 18, 30), utc(3, 18, 18, 30))


def test_a_day_on_which_the_clock_changes_has_another_length() -> None:
    spring = span_of(Days(date(2026, 3, 29), date(2026, 3, 30)), BERLIN)
    autumn = span_of(Days(date(2026, 10, 25), date(2026, 10, 26)), BERLIN)
    assert [(span.until - span.start).total_seconds() / 3600 for span in (spring, autumn)] == [23, 25]


@pytest.mark.parametrize(("length", "shift"), [(1, 7), (7, 7), (8, 14), (28, 28), (30, 35), (90, 91)])
def test_a_comparison_lies_back_whole_weeks_and_never_overlaps(length: int, shift: int) -> None:
    first = date.fromordinal(TODAY.toordinal() - length)
    assert shift_of(Days(first, TODAY)) == shift


def test_an_unfinished_period_is_compared_up_to_the_same_moment() -> None:
    now = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
    assert compared(days_of("7d", TODAY), BERLIN, now) == Span(utc(3, 4, 23), utc(3, 11, 10, 30))


def test_a_finished_period_is_compared_whole() -> None:
    now = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
    assert compared(days_of("yesterday", TODAY), BERLIN, now) == Span(utc(3, 9, 23), utc(3, 10, 23))


def test_the_same_moment_is_of_the_clock_on_the_wall() -> None:
    """A week before the clocks went forward, half past eleven was an hour later in UTC."""
    now = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)  # 11:30 summer time
    assert compared(days_of("today", date(2026, 3, 31)), BERLIN, now).until == utc(3, 24, 10, 30)
