"""When a shop alarms: the probabilities by another way, the windows by a store of known orders."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from collector.forwarder.health import Condition, Health
from collector.store.reader import CursorPool, DuckReader
from dashboard import alarms, queries
from dashboard.periods import utc
from tests.dashboard.shop_world import NOW, SHOP, at, empty_store, event, order, session

MOMENT = utc(NOW)  # Wednesday 18 March 2026, 11:30 in Berlin


def asked(db: duckdb.DuckDBPyConnection, name: str, now: datetime = MOMENT) -> list[dict[str, Any]]:
    query = queries.load(name)
    params = {"shop": SHOP.shop_id, "now": now, "zone": SHOP.timezone}
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    return reader.query(query.sql, query.given(params), max_rows=100, seconds=5).dicts()


def stamp(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M}"


def sold(db: duckdb.DuckDBPyConnection, moment: datetime, count: int, key: str) -> None:
    """So many orders in the hour before a moment."""
    for number in range(count):
        order(db, f"{key}-{number}", stamp(moment - timedelta(minutes=1 + number)), "10.00")


@pytest.mark.parametrize(("count", "expected"), [(0, 7.0), (3, 20.0), (12, 9.5), (40, 60.0)])
def test_the_chance_of_so_few_is_that_of_poisson(count: int, expected: float) -> None:
    terms = [math.exp(-expected) * expected**k / math.factorial(k) for k in range(count + 1)]
    assert alarms.at_most(count, expected) == pytest.approx(sum(terms), rel=1e-9)


def test_nothing_at_all_is_alarming_exactly_where_seven_were_expected() -> None:
    def judged(expected: float) -> alarms.Purchases:
        return alarms.purchases([{"hours": 1, "orders": 0, "expected": expected, "weeks": 4}])

    assert judged(6.9).state == "unknown"
    found = judged(6.91)
    assert (found.state, found.hours, found.orders, found.expected) == ("alarm", 1, 0, 6.91)
    assert found.chance == pytest.approx(math.exp(-6.91))


@pytest.mark.parametrize(("orders", "state"), [(7, "alarm"), (8, "unsure"), (10, "well")])
def test_an_alarm_begins_below_one_of_a_thousand_and_ends_at_one_of_a_hundred(
    orders: int, state: str
) -> None:
    """Of 20 expected: P(≤7) = 0.00078, P(≤8) = 0.0021, P(≤10) = 0.0108."""
    found = alarms.purchases([{"hours": 3, "orders": orders, "expected": 20.0, "weeks": 4}])
    assert found.state == state


def test_a_young_shop_is_not_judged() -> None:
    rows = [{"hours": 1, "orders": 0, "expected": 50.0, "weeks": 1}]
    assert alarms.purchases(rows).state == "unknown"


def test_the_same_weekday_hours_of_four_weeks_are_what_is_expected() -> None:
    db = empty_store()
    session(db, "first", "02-01 00:00", "ann")
    for week, count in ((1, 10), (2, 12), (3, 8), (4, 6)):
        sold(db, MOMENT - timedelta(days=7 * week), count, f"w{week}")
    sold(db, MOMENT - timedelta(days=1), 50, "yesterday")
    rows = asked(db, "settings/expected_orders")
    assert rows[0] == {"hours": 1, "orders": 0, "expected": 9.0, "weeks": 4}
    assert alarms.purchases(rows).state == "alarm"
    sold(db, MOMENT, 5, "today")
    rows = asked(db, "settings/expected_orders")
    assert rows[0] == {"hours": 1, "orders": 5, "expected": 9.0, "weeks": 4}
    assert alarms.purchases(rows).state == "well"


def test_weeks_in_which_the_shop_was_not_seen_yet_are_not_counted() -> None:
    db = empty_store()
    session(db, "first", stamp(MOMENT - timedelta(days=15)), "ann")
    for week in (1, 2):
        sold(db, MOMENT - timedelta(days=7 * week), 10, f"w{week}")
    assert asked(db, "settings/expected_orders")[0] == {"hours": 1, "orders": 0, "expected": 10.0, "weeks": 2}


def test_the_hours_are_those_of_the_shops_clock_when_it_changes() -> None:
    """On Wednesday 1 April 2026 it is summer in Berlin: 11:30 there is 9:30 UTC, and was 10:30 a week before."""
    db = empty_store()
    session(db, "first", "02-01 00:00", "ann")
    now = at("04-01 09:30")
    sold(db, at("03-18 10:30"), 8, "winter")
    sold(db, at("03-25 10:30"), 8, "last winter")
    assert asked(db, "settings/expected_orders", now)[0] == {
        "hours": 1,
        "orders": 0,
        "expected": 4.0,
        "weeks": 4,
    }


def test_orders_of_bots_and_of_other_shops_are_not_counted() -> None:
    db = empty_store()
    session(db, "first", "02-01 00:00", "ann")
    order(db, "bot", stamp(MOMENT - timedelta(minutes=5)), "1.00", bot=True)
    order(db, "other", stamp(MOMENT - timedelta(minutes=5)), "1.00", shop_id="lamps")
    assert asked(db, "settings/expected_orders")[0]["orders"] == 0


def test_the_last_event_is_that_of_a_person() -> None:
    db = empty_store()
    assert asked(db, "settings/last_event") == [{"last_at": None}]
    event(db, 1, stamp(MOMENT - timedelta(hours=2)))
    event(db, 2, stamp(MOMENT - timedelta(hours=1)), bot=True)
    assert asked(db, "settings/last_event") == [{"last_at": MOMENT - timedelta(hours=2)}]


def test_silence_is_counted_from_the_last_event_or_from_when_anybody_listened() -> None:
    last = MOMENT - timedelta(minutes=90)
    assert alarms.silence(last, MOMENT, 60).state == "alarm"
    assert alarms.silence(last, MOMENT, 91).state == "well"
    assert alarms.silence(last, MOMENT, 60, MOMENT - timedelta(minutes=5)).state == "well"
    assert alarms.silence(None, MOMENT, 60).state == "unknown"
    assert alarms.silence(None, MOMENT, 60, MOMENT - timedelta(minutes=60)) == alarms.Silence(
        state="alarm", last_at=None, minutes=60
    )


@pytest.mark.parametrize(
    ("condition", "code", "began", "since", "state"),
    [
        ("paused", "r_ledger", 9_999.0, 0.0, "alarm"),
        ("paused", "", 0.0, 0.0, "unknown"),
        ("waiting", "r_unreachable", 6_399.0, 0.0, "alarm"),
        ("waiting", "r_unreachable", 6_400.0, 0.0, "unsure"),
        ("waiting", "r_unreachable", 0.0, 6_400.0, "unsure"),
        ("running", "", 9_999.0, 0.0, "well"),
        ("starting", "", 0.0, 0.0, "unsure"),
        ("stopped", "", 0.0, 0.0, "unsure"),
    ],
)
def test_a_destination_stands_still_when_it_is_paused_with_a_reason_or_unanswered_for_over_an_hour(
    condition: Condition, code: str, began: float, since: float, state: str
) -> None:
    health = Health(condition=condition, code=code, since=began)
    assert alarms.destination(health, 10_000.0, since) == state
