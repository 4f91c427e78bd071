"""Which days a period means, and which ones it is compared with.

Days are the shop's local days. A comparison starts the smallest number of whole weeks
earlier that keeps the two apart, so that a Saturday stands against a Saturday.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Period = Literal["today", "yesterday", "7d", "28d", "30d", "90d", "month", "last_month", "year", "custom"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
LONGEST: Final = 731
"""Days a custom period may span."""


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from `first` up to and without `stop`."""

    first: date
    stop: date

    def __len__(self) -> int:
        return (self.stop - self.first).days

    def all(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range(len(self)))

    def earlier(self, days: int) -> Days:
        return Days(self.first - timedelta(days=days), self.stop - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of naive UTC."""

    start: datetime
    until: datetime


def days_of(period: Period, today: date, custom: Days | None = None) -> Days:
    """The days of a period that contains or precedes `today`. `custom` is for "custom" alone."""
    tomorrow = today + timedelta(days=1)
    match period:
        case "today":
            return Days(today, tomorrow)
        case "yesterday":
            return Days(today - timedelta(days=1), today)
        case "7d" | "28d" | "30d" | "90d":
            return Days(tomorrow - timedelta(days=int(period[:-1])), tomorrow)
        case "month":
            return Days(today.replace(day=1), tomorrow)
        case "last_month":
            first = today.replace(day=1)
            return Days((first - timedelta(days=1)).replace(day=1), first)
        case "year":
            return Days(today.replace(month=1, day=1), tomorrow)
        case "custom":
            return custom or days_of("28d", today)


def shift_of(days: Days) -> int:
    """Days between a period and the one it is compared with: whole weeks."""
    return max(7, -(-len(days) // 7) * 7)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span_of(days: Days, zone: ZoneInfo) -> Span:
    """From local midnight to local midnight, as UTC; right over changes of the clock."""
    return Span(_midnight(days.first, zone), _midnight(days.stop, zone))


def compared(days: Days, zone: ZoneInfo, now: datetime) -> Span:
    """The comparison, cut at the same local moment where the period is not over.

    `now` is aware. A period without a past yet is compared with an empty range.
    """
    shift = shift_of(days)
    span = span_of(days.earlier(shift), zone)
    local = now.astimezone(zone)
    if local.date() >= days.stop:
        return span
    moment = datetime.combine(local.date() - timedelta(days=shift), local.time(), zone)
    return Span(span.start, max(span.start, min(span.until, utc(moment))))


def utc(moment: datetime) -> datetime:
    """An aware moment as naive UTC, the form in which the store keeps time."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return utc(datetime.combine(day, time(), zone))
