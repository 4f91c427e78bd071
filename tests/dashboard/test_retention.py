"""Retention against a calendar in plain Python: first weeks and months, and who came back in which."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from collector.wire import Shop
from dashboard import queries
from dashboard.filters import parse
from dashboard.pages.retention import TABS, curve_of
from dashboard.scope import scope_of
from tests.dashboard.shop_world import (
    NOW,
    SHOP,
    Client,
    app_over,
    at,
    empty_store,
    fill,
    order,
    session,
    signed_in,
)

BERLIN = ZoneInfo(SHOP.timezone)
WORLDS = 12
LATER = datetime(2026, 4, 15, 8, 0, tzinfo=UTC)
"""Past the change to summer time on 29 March."""
Act = tuple[str, datetime, bool]


def acts(number: int) -> Sequence[Act]:
    """Visitor, moment and whether it is a bot's; many near midnight between two weeks or months."""
    dice = random.Random(number)
    edges = [at("02-09 00:00") + timedelta(days=7 * week) for week in range(9)] + [at("03-01 00:00")]
    found = []
    for _ in range(dice.randint(5, 40)):
        near = dice.choice(edges) + timedelta(
            minutes=dice.choice((-121, -120, -61, -60, -6, -1, 0, 1, 4, 700))
        )
        moment = near + timedelta(seconds=dice.choice((0, 59)))
        found.append((f"v{dice.randint(0, 9)}", moment, dice.random() < 0.1))
    return found


@pytest.fixture(scope="module")
def worlds() -> Iterator[duckdb.DuckDBPyConnection]:
    """A shop a world. Each act is a session and an order; beside them an order of nobody."""
    db = empty_store()
    visits: list[Mapping[str, Any]] = []
    orders: list[Mapping[str, Any]] = []
    for number in range(WORLDS):
        for index, (visitor, moment, bot) in enumerate(acts(number)):
            shared = {"shop_id": f"w{number}", "visitor_id": visitor, "bot": bot}
            visits.append({**shared, "session_key": f"s{index}", "started_at": moment})
            orders.append({**shared, "order_key": f"o{index}", "placed_at": moment})
        orders.append(
            {
                "shop_id": f"w{number}",
                "visitor_id": None,
                "bot": False,
                "order_key": "x",
                "placed_at": at("03-02 12:00"),
            }
        )
    fill(db, "sessions", visits)
    fill(db, "orders", orders)
    yield db
    db.close()


def begin(moment: datetime, grain: str) -> date:
    """The first day of the local week or month of a stored moment."""
    day = moment.replace(tzinfo=UTC).astimezone(BERLIN).date()
    return day.replace(day=1) if grain == "month" else day - timedelta(days=day.weekday())


def following(day: date, grain: str) -> date:
    return (
        (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if grain == "month"
        else day + timedelta(days=7)
    )


def expected(acted: Sequence[Act], tab: str, start: datetime, until: datetime) -> list[tuple[Any, ...]]:
    """Cohort, age, size, returned and complete, cell by cell."""
    what, grain = tab.split("_")
    now = LATER.replace(tzinfo=None)
    by_visitor: dict[str, list[datetime]] = defaultdict(list)
    for visitor, moment, bot in acted:
        if not bot and moment <= now:
            by_visitor[visitor].append(moment)
    joined = timedelta(minutes=5) if what == "order" else timedelta(0)
    members: dict[date, set[str]] = defaultdict(set)
    back: dict[tuple[date, date], set[str]] = defaultdict(set)
    for visitor, moments in by_visitor.items():
        first = min(moments)
        members[begin(first, grain)].add(visitor)
        for moment in moments:
            if moment > first + joined:
                back[begin(first, grain), begin(moment, grain)].add(visitor)
    cells = []
    cohort = begin(start, grain)
    while cohort < until.replace(tzinfo=UTC).astimezone(BERLIN).date():
        step, age = cohort, 0
        while step <= LATER.astimezone(BERLIN).date():
            over = following(step, grain) <= LATER.astimezone(BERLIN).date()
            cells.append((cohort, age, len(members[cohort]), len(back[cohort, step]), over))
            step, age = following(step, grain), age + 1
        cohort = following(cohort, grain)
    return cells


def ask(
    db: duckdb.DuckDBPyConnection, tab: str, now: datetime = NOW, shop: Shop = SHOP, **query: str
) -> list[Mapping[str, Any]]:
    question = queries.load("retention/cohorts")
    params = scope_of(shop, parse(query)[0], slug="retention", now=now, tab=tab).params()
    result = db.execute(question.sql, {name: params[name] for name in question.params})
    return [dict(zip(question.columns, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize("tab", TABS)
def test_every_cell_is_what_a_calendar_says(worlds: duckdb.DuckDBPyConnection, tab: str) -> None:
    seen = 0
    for number in range(WORLDS):
        acted = acts(number)
        shop = replace(SHOP, shop_id=f"w{number}")
        rows = ask(worlds, tab, LATER, shop, period="custom", since="2026-02-18", to="2026-04-15")
        wanted = expected(acted, tab, at("02-17 23:00"), at("04-15 22:00"))
        found = [
            tuple(row[name] for name in ("cohort", "age", "size", "returned", "complete")) for row in rows
        ]
        assert found == wanted
        assert [row["share"] for row in rows] == [
            returned / size if size else None for _, _, size, returned, _ in wanted
        ]
        seen += sum(returned for _, _, _, returned, _ in wanted)
    assert seen > 30


def test_a_cohort_is_of_the_first_visit_ever_and_not_of_the_period() -> None:
    db = empty_store()
    session(db, "s1", "02-03 12:00", "ann")
    session(db, "s2", "03-12 12:00", "ann")
    session(db, "s3", "03-12 12:00", "bob")
    assert [(row["age"], row["size"]) for row in ask(db, "visit_week", period="7d")] == [
        (0, 1),
        (1, 1),
        (0, 0),
    ]


@pytest.mark.parametrize(("minutes", "returned"), [(5, 0), (6, 1)])
def test_an_order_split_in_two_is_not_ordered_again(minutes: int, returned: int) -> None:
    db = empty_store()
    order(db, "o1", "03-16 12:00", "1.00", visitor_id="ann")
    order(db, "o2", f"03-16 12:{minutes:02}", "1.00", visitor_id="ann")
    (row,) = [row for row in ask(db, "order_week", period="7d") if row["cohort"] == date(2026, 3, 16)]
    assert (row["size"], row["returned"], row["complete"]) == (1, returned, False)


def test_the_curve_leaves_out_what_is_not_over_and_weighs_cohorts_by_their_size() -> None:
    rows = [
        {"age": 0, "size": 10, "returned": 5, "complete": True},
        {"age": 1, "size": 10, "returned": 1, "complete": True},
        {"age": 0, "size": 90, "returned": 0, "complete": True},
        {"age": 1, "size": 90, "returned": 80, "complete": False},
        {"age": 2, "size": 0, "returned": 0, "complete": True},
    ]
    assert curve_of(rows) == [
        {"age": 0, "visitors": 100, "returned": 5, "share": 0.05},
        {"age": 1, "visitors": 10, "returned": 1, "share": 0.1},
    ]


@pytest.fixture(scope="module")
def client() -> Client:
    db = empty_store()
    for key, start, visitor in (
        ("a1", "03-02 12:00", "ann"),
        ("a2", "03-10 12:00", "ann"),
        ("b1", "03-03 12:00", "bob"),
        ("b2", "03-16 12:00", "bob"),
        ("c1", "03-17 12:00", "carl"),
    ):
        session(db, key, start, visitor)
    return signed_in(app_over(db))


def test_the_triangle_says_each_share_and_marks_what_is_not_over(client: Client) -> None:
    text = client.get("/retention?period=custom&since=2026-03-02&to=2026-03-18").text
    cells = re.findall(r'<td class="percent shade-(\d)( open)?" title="([^"]+)">([^<]+)<', text)
    so_far = " so far; this week or month is not over"
    assert cells == [
        ("0", "", "0 of 2", "0.0\xa0%"),
        ("8", "", "1 of 2", "50.0\xa0%"),
        ("8", " open", f"1 of 2{so_far}", "50.0\xa0%"),
        ("0", " open", f"0 of 1{so_far}", "0.0\xa0%"),
    ]
    assert text.count("n/a, because nobody was first in it") > 0
    assert re.findall(r'<th scope="row">([^<]+)</th>', text)[:3] == [
        "2 Mar 2026",
        "9 Mar 2026",
        "16 Mar 2026",
    ]


def test_a_month_is_called_by_its_name(client: Client) -> None:
    text = client.get("/retention?period=7d&tab=visit_month").text
    assert '<th scope="row">Mar 2026</th>' in text


@pytest.mark.parametrize("tab", TABS)
def test_a_shop_without_anybody_says_what_to_do(client: Client, tab: str) -> None:
    text = client.get(f"/retention?shop=lamps&tab={tab}").text
    assert "Choose a longer" in text
    assert "<svg" not in text.partition('id="triangle"')[2].partition("</section>")[0]


def test_no_moment_after_now_makes_a_cohort() -> None:
    db = empty_store()
    session(db, "s1", "03-18 23:30", "ann")  # later than now, already tomorrow
    assert {row["size"] for row in ask(db, "visit_week", period="7d")} == {0}
    assert at("03-18 23:30") > NOW.replace(tzinfo=None)
