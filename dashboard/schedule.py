"""When a report is due, and which days it is about. Hours are those of the shop's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.control.reports import Kind, Plan
from dashboard.periods import Days


def fits(kind: Kind, day: date) -> bool:
    """Whether such a report is sent on that day: weekly ones on Mondays, monthly ones on the first."""
    return {"daily": True, "weekly": day.weekday() == 0, "monthly": day.day == 1}[kind]


def latest(kind: Kind, day: date) -> date:
    """The last day up to this one on which such a report is sent."""
    while not fits(kind, day):
        day -= timedelta(days=1)
    return day


def about(kind: Kind, day: date) -> Days:
    """The days that the report of that day tells of; they are over."""
    match kind:
        case "daily":
            return Days(day - timedelta(days=1), day)
        case "weekly":
            return Days(day - timedelta(days=7), day)
        case "monthly":
            return Days((day - timedelta(days=1)).replace(day=1), day)


def moment(plan: Plan, day: date, zone: ZoneInfo) -> datetime:
    """When the report of that day is due, as UTC: an hour that the clock leaves out is the next one there is,
    of an hour that it has twice it is the first."""
    return datetime.combine(day, time(plan.hour), zone).astimezone(UTC)


def due(plan: Plan, zone: ZoneInfo, now: datetime) -> date:
    """The day of the last report that is due at `now` (aware); those before it are not sent any more."""
    day = latest(plan.kind, now.astimezone(zone).date())
    if moment(plan, day, zone) > now:
        day = latest(plan.kind, day - timedelta(days=1))
    return day


def following(plan: Plan, zone: ZoneInfo, now: datetime) -> datetime:
    """When the next report is due after `now` (aware), as UTC."""
    day = now.astimezone(zone).date()
    while not fits(plan.kind, day) or moment(plan, day, zone) <= now:
        day += timedelta(days=1)
    return moment(plan, day, zone)
