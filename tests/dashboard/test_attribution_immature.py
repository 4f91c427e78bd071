"""Days that can still change: marked in rows, chart and table, and the cards say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from collector.control.presets import preset_of
from dashboard import filters
from dashboard.earning import draw_trend, trend
from dashboard.pages.recommendations import totals
from tests.dashboard.attribution_site import answered, data, html
from tests.dashboard.attribution_world import Touch, World, ask, connect, fill, utc

NOW = utc(2026, 3, 20, 12)  # 13:00 in Berlin
WEEK = {"start": utc(2026, 3, 9, 23), "until": utc(2026, 3, 20, 23), "now": NOW, "shift_days": 14}


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    fill(connection, World(touches=(Touch(id="t", at=0),)))
    yield connection
    connection.close()


def open_days(db: duckdb.DuckDBPyConnection, preset: str, now: datetime = NOW, **more: Any) -> list[int]:
    asked = {**WEEK, "now": now, "preset": preset, "model": filters.PRESETS.get(preset, "last"), **more}
    return [row["step"].day for row in ask(db, "recommendations/trend", **asked) if row["immature"]]


@pytest.mark.parametrize(
    ("preset", "days"),
    [
        ("rees46", [20]),  # a session of the 19th has been over for hours
        ("strict", [20]),
        ("nosto", [20]),
        ("algonomy", [20]),
        ("retail_rocket_item", [19, 20]),  # 24 hours: from 13:00 on the 19th
        ("mapp", [19, 20]),
        ("rees46_messages", [18, 19, 20]),  # 48 hours
        ("einstein", [13, 14, 15, 16, 17, 18, 19, 20]),  # 7 days
        ("dynamic_yield", list(range(10, 21))),  # 30 days: all of them
    ],
)
def test_a_day_is_immature_while_a_touch_in_it_can_still_earn(
    db: duckdb.DuckDBPyConnection, preset: str, days: list[int]
) -> None:
    assert open_days(db, preset) == days


def test_a_session_can_go_on_for_its_gap_after_midnight_and_no_longer(db: duckdb.DuckDBPyConnection) -> None:
    midnight = utc(2026, 3, 19, 23)
    assert open_days(db, "rees46", midnight + timedelta(minutes=119)) == [19, 20]
    assert open_days(db, "rees46", midnight + timedelta(minutes=120)) == [20]
    assert open_days(db, "rees46", midnight + timedelta(minutes=29), gap_s=1800) == [19, 20]
    assert open_days(db, "rees46", midnight + timedelta(minutes=30), gap_s=1800) == [20]


def test_a_window_of_24_hours_ends_to_the_second(db: duckdb.DuckDBPyConnection) -> None:
    """The 19th ended at 23:00 UTC; the 21st has no moment yet."""
    ended = utc(2026, 3, 19, 23) + timedelta(hours=24)
    wide = {"until": utc(2026, 3, 21, 23)}
    assert open_days(db, "mapp", ended - timedelta(seconds=1), **wide) == [19, 20]
    assert open_days(db, "mapp", ended, **wide) == [20]


def test_an_own_rule_has_the_days_of_its_own_window(db: duckdb.DuckDBPyConnection) -> None:
    parts = {
        "name": "Ours",
        "unit": "line",
        "kinds": "click",
        "match": "item",
        "value": "booked",
        "reset": "none",
    }
    own = preset_of({**parts, "window": "3d", "winner": "last"})
    assert open_days(db, "own:Ours", own_presets=filters.own_rows([own])) == [17, 18, 19, 20]


def test_hours_of_a_calendar_day_rule_are_open_until_midnight(db: duckdb.DuckDBPyConnection) -> None:
    asked = {"start": utc(2026, 3, 18, 23), "until": utc(2026, 3, 20, 23), "now": NOW, "grain": "hour"}
    rows = ask(db, "recommendations/trend", preset="algonomy", **asked)
    assert [row["immature"] for row in rows] == [False] * 24 + [True] * 13


OPEN: dict[str, Any] = {"period": "custom", "since": "2026-03-17", "to": "2026-03-20"}


def test_open_days_are_hatched_in_the_chart_named_in_the_table_and_told_by_the_cards(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, World(touches=(Touch(id="t", at=0),)))
    period: dict[str, Any] = {"period": "custom", "since": "2026-03-10", "to": "2026-03-20"}
    tables, scope = answered(db, "recommendations", preset="rees46", **period)
    chart = draw_trend(tables, scope)
    assert chart is not None
    (bars,) = chart.figure.to_dict()["data"]
    assert bars["marker"]["pattern"]["shape"] == [*[""] * 10, "/"]
    states = [row["maturity"] for row in trend(tables, scope)["grid"].rows]
    assert states == [*["settled"] * 10, "can still change"]
    notes = {card.name: card.note for card in totals(tables, scope)["cards"]}
    assert notes == {
        "direct": "1 of 11 days can still change",
        "unattributed": "1 of 11 days can still change",
        "share": "1 of 11 days can still change",
        "credited": "",
        "coverage": "",
    }
    assert "1 of 11 days can still change" in str(html(db, "recommendations", **period).body)


def test_days_that_are_settled_leave_the_cards_without_a_note(db: duckdb.DuckDBPyConnection) -> None:
    tables, scope = answered(db, "recommendations")
    assert {card.note for card in totals(tables, scope)["cards"]} == {""}
    assert "can still change" not in str(html(db, "recommendations").body)


def test_nothing_attributed_is_compared_with_an_earlier_period(db: duckdb.DuckDBPyConnection) -> None:
    tables, scope = answered(db, "recommendations", **OPEN)
    assert scope.before is None
    assert all(card.previous is None for card in totals(tables, scope)["cards"])


def test_the_flag_is_in_the_data_of_the_page(db: duckdb.DuckDBPyConnection) -> None:
    rows = data(db, "recommendations", **OPEN)["recommendations/trend"]["rows"]
    assert [(row["step"], row["immature"]) for row in rows] == [
        ("2026-03-17T00:00:00", False),
        ("2026-03-18T00:00:00", False),
        ("2026-03-19T00:00:00", False),
        ("2026-03-20T00:00:00", True),
    ]
