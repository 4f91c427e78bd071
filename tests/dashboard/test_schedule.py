"""When reports are due: on the shop's clock, on days when it changes too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.control.reports import KINDS, Kind, Plan
from dashboard import schedule
from dashboard.periods import Days

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def plan(kind: Kind, hour: int) -> Plan:
    return Plan(name="r", kind=kind, hour=hour, parts=("overview",))


def at(text: str) -> datetime:
    """A moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "now", "day", "first", "last"),
    [
        ("daily", "2026-03-18T08:00", "2026-03-18", "2026-03-17", "2026-03-17"),
        ("daily", "2026-03-18T07:59", "2026-03-17", "2026-03-16", "2026-03-16"),
        ("weekly", "2026-03-18T08:00", "2026-03-16", "2026-03-09", "2026-03-15"),
        ("weekly", "2026-03-16T07:59", "2026-03-09", "2026-03-02", "2026-03-08"),
        ("monthly", "2026-03-18T08:00", "2026-03-01", "2026-02-01", "2026-02-28"),
        ("monthly", "2026-03-01T07:59", "2026-02-01", "2026-01-01", "2026-01-31"),
    ],
)
def test_the_last_report_that_is_due_tells_of_days_that_are_over(
    kind: Kind, now: str, day: str, first: str, last: str
) -> None:
    found = schedule.due(plan(kind, 9), BERLIN, at(now))
    assert found == date.fromisoformat(day)
    expected = Days(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
    assert schedule.about(kind, found) == expected


def test_an_hour_that_the_clock_leaves_out_is_the_next_there_is() -> None:
    asked = plan("daily", 2)  # on 29 March 2026 the clock goes from 2:00 to 3:00
    assert schedule.moment(asked, date(2026, 3, 29), BERLIN) == at("2026-03-29T01:00")
    assert schedule.due(asked, BERLIN, at("2026-03-29T00:59")) == date(2026, 3, 28)
    assert schedule.due(asked, BERLIN, at("2026-03-29T01:00")) == date(2026, 3, 29)


def test_of_an_hour_that_the_clock_has_twice_it_is_the_first() -> None:
    asked = plan("daily", 2)  # on 25 October 2026 the hour from 2:00 comes twice
    assert schedule.moment(asked, date(2026, 10, 25), BERLIN) == at("2026-10-25T00:00")
    days = {
        schedule.due(asked, BERLIN, at("2026-10-25T00:00") + timedelta(minutes=m)) for m in range(0, 600, 5)
    }
    assert days == {date(2026, 10, 25)}


@given(
    st.sampled_from(KINDS),
    st.integers(0, 23),
    st.sampled_from(ZONES),
    st.integers(int(at("2011-01-01").timestamp()), int(at("2030-01-01").timestamp())),
)
def test_what_follows_is_what_is_due_then_and_nothing_is_due_between(
    kind: Kind, hour: int, name: str, seconds: int
) -> None:
    asked, zone, now = plan(kind, hour), ZoneInfo(name), datetime.fromtimestamp(seconds, UTC)
    following = schedule.following(asked, zone, now)
    before = schedule.due(asked, zone, now)
    assert following > now >= schedule.moment(asked, before, zone)
    assert schedule.due(asked, zone, following - timedelta(seconds=1)) == before
    assert schedule.due(asked, zone, following) > before
