"""Prepared days: the answers are those of asking for everything, whatever came late, twice or changed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.serving.settle import Settling
from collector.store import Reader
from collector.store.duckdb import DuckStore
from collector.wire import Shop
from dashboard import lens, queries, settled
from dashboard.filters import parse
from dashboard.scope import Scope, scope_of
from dashboard.settled import SettledReader
from tests.store.histories import history
from tests.store.world import START, Sender, item, load, open_store, purchase_id

SHOP = Shop(shop_id="shop-1", timezone="Europe/Berlin", currency="EUR")
DAY = timedelta(days=1)
NOW = START + 5 * DAY
QUESTIONS = (
    ("claims/presets",),
    ("campaigns/sources",),
    ("funnels/steps", "funnels/split"),
    ("experiments/arms", "experiments/direct"),
    ("recommendations/tools", "recommendations/trend"),
    ("recommendations/messages",),
    ("quality/outcomes",),
    ("quality/codes",),
    ("search/totals", "search/terms"),
    ("search/trend",),
    ("overview/attributed",),
    ("orders/list",),
)
"""What pages ask that includes parts of which days are prepared, as they ask it."""
TABS = {
    "campaigns/sources": ("channels", "campaigns", "landing", "referrers"),
    "recommendations/tools": ("tools", "codes"),
    "quality/codes": ("notes",),
}
"""The tabs of questions that read more of the prepared rows on others than the first."""


def scope(**query: str) -> Scope:
    given = {"period": "custom", "since": "2026-01-05", "to": "2026-01-10", **query}
    return scope_of(SHOP, parse(given)[0], slug="x", now=NOW, shops=(SHOP,))


def text_of(names: tuple[str, ...], params: dict[str, Any]) -> str:
    plain = queries.is_plain(params)
    if len(names) > 1:
        return queries.together(*names, plain=plain)
    query = queries.load(names[0])
    return query.plain if plain else query.sql


def ask(reader: Reader, names: tuple[str, ...], **query: str) -> Any:
    found: list[Any] = []
    for tab in TABS.get(names[0], ("",)):
        params = {**scope(**query).params(), "tab": tab}
        sql = text_of(names, params)
        found += reader.query(sql, queries.fitting(sql, params), max_rows=100_000, seconds=60).rows
    return found


def lines_of(seed: int) -> list[bytes]:
    """A history of several days in which some events name an arm of a test or have notes, and some adds name a tool."""
    dice = random.Random(seed)
    made = []
    for line in history(seed, requests=120, identified=0.2):
        record = json.loads(line)
        for event in record["events"]:
            if dice.random() < 0.4:
                event["ab_segment"] = dice.choice("AAB")
            if dice.random() < 0.3:
                event["notes"] = dice.choice((["ts_out_of_range"], ["price_missing", "ts_out_of_range"]))
            if event["event"] == "add_to_cart" and dice.random() < 0.5:
                event["recommended_by"] = "full_search"
                event["recommended_code"] = "x"
        made.append(json.dumps(record).encode() + b"\n")
    return made


def settling(store: DuckStore, now: datetime = NOW) -> Settling:
    return Settling(store.reader(), store.settler(), lambda: [SHOP], clock=lambda: now)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    opened = open_store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(1))
def test_prepared_days_answer_as_asking_does_after_any_batch(store: DuckStore, seed: int) -> None:
    dice = random.Random(seed)
    rest = lines_of(seed)
    prepared = SettledReader(store.reader())
    used = 0
    while rest:
        size = dice.choice((20, 60))
        load(store, rest[:size])
        rest = rest[size:]
        for names in QUESTIONS:
            assert ask(prepared, names) == ask(store.reader(), names), (names, len(rest))
        waiting = list(settling(store).waiting())
        for day in dice.sample(waiting, len(waiting) * 2 // 3):
            store.settler().settle(day)
            used += 1
    assert used > 40
    for names in QUESTIONS:
        assert ask(prepared, names) == ask(store.reader(), names), names


def days_of(store: DuckStore, part: str) -> set[date]:
    """Local days of the part that are prepared and hold."""
    held = settled.day_rows(part, SHOP, date(2026, 1, 5))
    with store.reader().snapshot(5) as moment:
        days = moment.settled_days(
            SHOP.shop_id,
            part,
            held.mark,
            start=START.replace(tzinfo=None) - 9 * DAY,
            until=START.replace(tzinfo=None) + 9 * DAY,
        )
    zone = ZoneInfo(SHOP.timezone)
    return {since.replace(tzinfo=UTC).astimezone(zone).date() for since, _ in days}


def visit(sender: Sender, moment: datetime, visitor: str, **fields: Any) -> bytes:
    event = sender.event(
        "view_item", moment, items=(item("a"),), device_id=visitor, session_id=f"{visitor}{moment}", **fields
    )
    return sender.request([event])


def buy(sender: Sender, moment: datetime, visitor: str, key: str, value: str, received: datetime) -> bytes:
    event = sender.event(
        "purchase",
        moment,
        event_id=purchase_id(key, value),
        order_key=key,
        transaction_id=key,
        items=(item("a", "1", value),),
        value=value,
        device_id=visitor,
        session_id=f"{visitor}-{moment}",
    )
    return sender.request([event], received_at=received)


def three_days(store: DuckStore) -> Sender:
    """Visitors ann and bob come on each of the 5th to the 7th of January, and everything is settled."""
    sender = Sender()
    moments = [START + n * DAY for n in range(3)]
    load(store, [visit(sender, moment, who) for moment in moments for who in ("ann", "bob")])
    load(store, [buy(sender, START + timedelta(hours=1), "ann", "o1", "10", START + timedelta(hours=1))])
    for day in settling(store).waiting():
        if day.part in PARTS:
            store.settler().settle(day)
    return sender


PARTS = ("campaigns/visits", "claims/daily")
WEEK = {date(2026, 1, day) for day in range(5, 10)}


def test_days_are_settled_once_they_are_over_and_left_alone(store: DuckStore) -> None:
    three_days(store)
    assert {part: days_of(store, part) for part in PARTS} == dict.fromkeys(PARTS, WEEK)
    assert {day.part for day in settling(store).waiting()} == set(settled.parts()) - set(PARTS)
    midnight = datetime(2026, 1, 10, 23, 0, tzinfo=UTC)
    assert newest(store, midnight + settled.LATE - timedelta(seconds=1)) == ["2026-01-08T23:00:00"]
    assert newest(store, midnight + settled.LATE) == ["2026-01-09T23:00:00"]
    waiting = settling(store, midnight + settled.LATE).waiting()
    assert [day.since.isoformat() for day in waiting if day.part in PARTS] == ["2026-01-09T23:00:00"] * 2


def newest(store: DuckStore, now: datetime) -> list[str]:
    """The first day that a turn at `now` would settle of a part of which none is."""
    days = [day for day in settling(store, now).waiting() if day.part == "search/asked"]
    return [day.since.isoformat() for day in days[:1]]


def test_a_late_event_unsettles_its_day_and_the_later_days_of_its_visitor(store: DuckStore) -> None:
    sender = three_days(store)
    late = sender.event("page_view", START + DAY + timedelta(hours=1), device_id="ann", session_id="late")
    load(store, [sender.request([late], received_at=START + 4 * DAY + timedelta(hours=1))])
    received = date(2026, 1, 9)
    assert days_of(store, "campaigns/visits") == WEEK - {date(2026, 1, 6), date(2026, 1, 7), received}


def test_an_event_of_today_leaves_days_before_it_settled(store: DuckStore) -> None:
    sender = three_days(store)
    load(store, [visit(sender, START + 5 * DAY, "ann")])
    assert days_of(store, "claims/daily") == WEEK


def test_an_event_unsettles_the_day_on_which_it_is_received(store: DuckStore) -> None:
    """Its own time is older than all of them, and what was noted of it belongs to the day it came."""
    sender = Sender()
    moments = [START + n * DAY for n in range(3)]
    load(store, [visit(sender, moment, who) for moment in moments for who in ("ann", "bob")])
    for day in settling(store).waiting():
        if day.part == "quality/noted":
            store.settler().settle(day)
    assert days_of(store, "quality/noted") == WEEK
    old = sender.event("page_view", START, device_id="eve", session_id="old", notes=["ts_out_of_range"])
    load(store, [sender.request([old], received_at=START + 2 * DAY + timedelta(hours=3))])
    assert days_of(store, "quality/noted") == WEEK - {date(2026, 1, 5), date(2026, 1, 7)}
    for names in (("quality/outcomes",), ("quality/codes",)):
        assert ask(SettledReader(store.reader()), names) == ask(store.reader(), names)
    assert [row[0] for row in ask(store.reader(), ("quality/codes",))] == ["ts_out_of_range"]


def test_a_click_after_midnight_is_one_on_what_was_seen_before_it(store: DuckStore) -> None:
    """The day of the impression is prepared with the click of the next one; a period that ends between them has none."""
    sender = Sender()
    midnight = datetime(2026, 1, 6, 23, 0, tzinfo=UTC)
    seen = sender.event(
        "view_item_list",
        midnight - timedelta(minutes=5),
        items=(item("a"),),
        device_id="ann",
        session_id="night",
        item_list_type="recommendation",
        recommended_by="dynamic",
        recommended_code="home",
    )
    clicked = sender.event(
        "view_item",
        midnight + timedelta(minutes=5),
        items=(item("a"),),
        device_id="ann",
        session_id="night",
        recommended_by="dynamic",
        recommended_code="home",
    )
    load(
        store,
        [
            sender.request([seen], received_at=midnight),
            sender.request([clicked], received_at=midnight + timedelta(minutes=6)),
        ],
    )
    for day in settling(store).waiting():
        if day.part.startswith("recommendations/"):
            store.settler().settle(day)
    for until, found in (("2026-01-06", 0), ("2026-01-07", 1)):
        for reader in (SettledReader(store.reader()), store.reader()):
            (rows, _) = ask(reader, ("recommendations/tools", "recommendations/trend"), to=until)[0]
            told = [(row["impressions"], row["clicked_impressions"]) for row in rows if row["part"] == "tool"]
            assert told == [(1, found)]


def test_another_version_of_an_order_unsettles_the_day_it_was_placed(store: DuckStore) -> None:
    sender = three_days(store)
    later = START + 5 * DAY
    load(store, [buy(sender, later, "ann", "o1", "25", later)])
    assert date(2026, 1, 5) not in days_of(store, "claims/daily")
    rows = ask(SettledReader(store.reader()), ("overview/attributed",))
    assert [str(value) for value in rows[0][:2]] == ["0.0000", "25.0000"]


def test_a_login_that_joins_two_devices_unsettles_what_moves(store: DuckStore) -> None:
    sender = three_days(store)
    for who, moment in (("ann", START + 5 * DAY), ("bob", START + 5 * DAY + timedelta(hours=1))):
        load(store, [visit(sender, moment, who, email="a@shop.example")])
    assert not days_of(store, "campaigns/visits") & {date(2026, 1, day) for day in (5, 6, 7)}
    prepared = SettledReader(store.reader())
    assert ask(prepared, ("campaigns/sources",)) == ask(store.reader(), ("campaigns/sources",))


def test_prepared_rows_are_what_is_read(store: DuckStore) -> None:
    three_days(store)
    names = ("claims/presets",)
    before = ask(store.reader(), names)
    store.settler().settle(_spoilt(date(2026, 1, 5)))
    assert ask(store.reader(), names) == before
    assert ask(SettledReader(store.reader()), names) != before


def _spoilt(day: date) -> Any:
    """The day's rows with twice the revenue."""
    rows = settled.day_rows("claims/daily", SHOP, day)
    doubled = "\n".join(("select * replace (revenue * 2 as revenue) from (", rows.sql, ") told"))
    return type(rows)(
        shop_id=rows.shop_id,
        part=rows.part,
        mark=rows.mark,
        since=rows.since,
        until=rows.until,
        sql=doubled,
        columns=rows.columns,
        params=rows.params,
    )


def test_what_else_a_question_is_asked_with_keeps_prepared_rows_away(store: DuckStore) -> None:
    three_days(store)
    store.settler().settle(_spoilt(date(2026, 1, 5)))
    other = Shop(shop_id="shop-1", timezone="Europe/Berlin", currency="USD")
    params = scope_of(other, scope().filters, slug="x", now=NOW, shops=(other,)).params()
    query = queries.load("claims/presets")
    given = queries.fitting(query.sql, params)
    prepared = SettledReader(store.reader())
    assert prepared.query(query.sql, given).rows == store.reader().query(query.sql, given).rows


def test_a_page_seen_through_a_lens_asks_for_everything(store: DuckStore) -> None:
    three_days(store)
    seen = lens.Lens(money="net")
    for names in QUESTIONS:
        assert "-- settled" not in lens.through(seen, text_of(names, scope().params()))
        assert "-- settled" in lens.through(lens.CLEAR, text_of(names, scope().params()))


@pytest.mark.parametrize("part", settled.parts())
def test_columns_of_prepared_days_lose_no_digit(part: str) -> None:
    kinds = [kind for _, kind in queries.load(part).gives]
    assert [kind for kind in kinds if kind.startswith("decimal") and "(" not in kind] == []
    assert {"start", "until", "shop"} <= set(queries.load(part).params)
    assert not {"now", "grain", "page_offset"} & set(queries.load(part).params)
