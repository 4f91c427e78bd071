"""Orders after a message, from events to credit: 48 hours from the click, and not from a return."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event, EventName
from collector.store.duckdb import DuckStore
from dashboard import queries
from tests.dashboard.attribution_world import PARAMS, utc
from tests.store.world import START, Sender, item, load, open_store, purchase_id

HOUR = 3600
WINDOW = 48 * HOUR
SPRING = {"recommended_by": "bulk", "recommended_code": "spring"}


class Visitor:
    """One device of one shop; every event is a request and a batch of its own, `at` counts seconds."""

    def __init__(self, store: DuckStore) -> None:
        self.store = store
        self.sender = Sender()

    def event(self, name: EventName, at: int, **fields: Any) -> Event:
        session = f"s{at // (4 * HOUR)}"
        one = self.sender.event(
            name, START + timedelta(seconds=at), device_id="dev-1", session_id=session, **fields
        )
        load(self.store, [self.sender.request([one])])
        return one

    def clicks(self, at: int = 0) -> Event:
        return self.event("custom", at, custom_name="message_clicked", **SPRING)

    def visits(self, at: int, *, clicked: int | None = None, name: EventName = "view_item") -> Event:
        """A view that still names the message, with the moment of its click where the client knows it."""
        told = {"msg_from": "bulk", "msg_code": "spring"}
        when = {} if clicked is None else {"msg_at": int(START.timestamp() + clicked) * 1000}
        return self.event(name, at, items=(item("kettle", "1"),), props={**told, **when}, **SPRING)

    def buys(self, at: int, key: str = "o1") -> None:
        lines = (item("kettle", "1", "10"),)
        self.event("purchase", at, event_id=purchase_id(key), order_key=key, transaction_id=key, items=lines)

    def ask(self, name: str, **over: Any) -> list[dict[str, Any]]:
        query = queries.load(name)
        params = {**PARAMS, "start": utc(2026, 1, 1), "until": utc(2026, 2, 1), **over}
        return self.store.reader().query(query.sql, {key: params[key] for key in query.params}).dicts()

    def credited(self) -> list[str]:
        """Orders that a message takes."""
        return sorted(row["order_key"] for row in self.ask("attribution/rees46_messages"))

    def shown(self) -> list[tuple[str, str, int, Decimal]]:
        """(message, code, clicks, revenue) as the page lists them."""
        names = ("recommended_by", "recommended_code", "clicks", "message_revenue")
        return [tuple(row[name] for name in names) for row in self.ask("recommendations/messages")]

    def why(self) -> list[tuple[str, str, int]]:
        rows = self.ask("attribution/rees46_why", id="o1")
        return [(row["kind"], row["reason"], row["touches"]) for row in rows if row["family"] == "message"]


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    store = open_store(tmp_path / "store.duckdb")
    yield Visitor(store)
    store.close()


@pytest.mark.parametrize(("after", "keys"), [(WINDOW, ["o1"]), (WINDOW + 1, [])])
def test_48_hours_after_the_click_count_and_one_second_more_does_not(
    visitor: Visitor, after: int, keys: list[str]
) -> None:
    visitor.clicks()
    visitor.buys(after)
    assert visitor.credited() == keys


@pytest.mark.parametrize("clicked", [0, None])
@pytest.mark.parametrize(("after", "keys"), [(WINDOW, ["o1"]), (WINDOW + 1, []), (96 * HOUR, [])])
def test_a_return_visit_does_not_renew_the_window(
    visitor: Visitor, clicked: int | None, after: int, keys: list[str]
) -> None:
    visitor.clicks()
    visitor.visits(1, clicked=clicked)
    visitor.visits(47 * HOUR, clicked=clicked)
    visitor.visits(47 * HOUR + 60, clicked=clicked, name="add_to_cart")
    visitor.buys(after)
    assert visitor.credited() == keys
    assert visitor.shown() == [("bulk", "spring", 1, Decimal(10 * len(keys)))]


@pytest.mark.parametrize(("after", "keys"), [(WINDOW, ["o1"]), (WINDOW + 1, []), (96 * HOUR, [])])
def test_a_return_visit_that_is_the_first_to_show_the_message_does_not_renew_a_reported_click(
    visitor: Visitor, after: int, keys: list[str]
) -> None:
    visitor.clicks()
    visitor.visits(47 * HOUR)
    visitor.buys(after)
    assert visitor.credited() == keys


@pytest.mark.parametrize(("after", "keys"), [(WINDOW, ["o1"]), (WINDOW + 1, []), (96 * HOUR, [])])
def test_where_no_click_is_reported_the_first_sight_is_the_click(
    visitor: Visitor, after: int, keys: list[str]
) -> None:
    visitor.visits(0)
    visitor.visits(47 * HOUR)
    visitor.buys(after)
    assert visitor.credited() == keys
    assert visitor.shown() == [("bulk", "spring", 1, Decimal(10 * len(keys)))]


@pytest.mark.parametrize(("before", "keys"), [(WINDOW, ["o1"]), (WINDOW + 1, [])])
def test_a_sight_that_knows_its_click_counts_from_the_click(
    visitor: Visitor, before: int, keys: list[str]
) -> None:
    visitor.visits(HOUR, clicked=HOUR - before)
    visitor.buys(HOUR)
    assert visitor.credited() == keys


def test_a_second_reported_click_opens_a_window_of_its_own(visitor: Visitor) -> None:
    visitor.clicks(0)
    visitor.clicks(47 * HOUR)
    visitor.buys(95 * HOUR)
    assert visitor.credited() == ["o1"]
    assert visitor.shown() == [("bulk", "spring", 2, Decimal(10))]


def test_a_late_report_of_an_earlier_sight_closes_the_window_earlier(visitor: Visitor) -> None:
    visitor.visits(10 * HOUR)
    visitor.buys(50 * HOUR)
    assert visitor.credited() == ["o1"]
    visitor.visits(HOUR)
    assert visitor.credited() == []


def test_the_timeline_tells_clicks_from_visits_that_still_name_the_message(visitor: Visitor) -> None:
    visitor.clicks(0)
    for hour in (1, 5, 47):
        visitor.visits(hour * HOUR)
    visitor.buys(WINDOW)
    assert visitor.why() == [
        ("message_click", "message_credited", 1),
        ("message_seen", "message_repeated", 3),
    ]
