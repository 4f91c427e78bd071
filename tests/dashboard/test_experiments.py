"""Arms and their orders: the queries against plain Python over random worlds, and what the page says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import queries
from dashboard.lift import Estimate
from dashboard.trial import points_text, standing, trial_of
from dashboard.wilson import Interval
from tests.dashboard.arrivals_world import START, UNTIL, put
from tests.dashboard.shop_world import (
    FORMULA,
    HOSTILE,
    REQUEST,
    SHOP,
    Client,
    app_over,
    empty_store,
    insert,
    order,
    signed_in,
)

SEEDED = settings(max_examples=40, deadline=None, derandomize=True, database=None)
ADDRESS = "/experiments?period=custom&since=2026-03-11&to=2026-03-17"
DATA = ADDRESS.replace("?", ".json?")
UNTESTED = f"{ADDRESS}&tab=untested"
PARAMS = {"shop": SHOP.shop_id, "start": START, "until": UNTIL, "currency": SHOP.currency}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Rows of `events`, `orders` and `sessions`, as far as they matter here."""

    events: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    sessions: list[dict[str, Any]]


def named(visitor: str | None, arm: str | None, ts: datetime, **more: Any) -> dict[str, Any]:
    row = {"shop_id": SHOP.shop_id, "visitor_id": visitor, "ab_segment": arm, "ts": ts, "bot": False}
    return {**row, **more}


def sale(key: str, visitor: str | None, placed: datetime, revenue: str = "10", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"shop_id": SHOP.shop_id, "order_key": key, "visitor_id": visitor}
    row |= {"placed_at": placed, "revenue": Decimal(revenue), "currency": "EUR", "bot": False}
    return {**row, **more}


def fill(db: duckdb.DuckDBPyConnection, world: World) -> None:
    put(db, "events", world.events)
    put(db, "orders", world.orders)
    put(db, "sessions", world.sessions)
    put(db, "order_lines", [])
    put(db, "touches", [])


def dense(seed: int, arms: int = 3) -> World:
    """Events at both edges of the period, visitors in several arms, orders before their arm was named."""
    dice = random.Random(seed)
    events, orders, sessions = [], [], []

    def moment() -> datetime:
        return START + timedelta(hours=dice.choice((-1, 0, 1, 2, 30, 24 * 7 - 1, 24 * 7)))

    for number in range(60):
        visitor = None if dice.random() < 0.05 else f"v{number}"
        arm = f"arm-{dice.randrange(arms)}"
        for _ in range(dice.randint(1, 4)):
            seen = dice.choice((arm, arm, arm, arm, None, f"arm-{dice.randrange(arms)}"))
            events.append(named(visitor, seen, moment(), **_odd(dice)))
        for nth in range(dice.choice((0, 0, 1, 2))):
            revenue = str(Decimal(dice.randint(0, 9999)) / 100)
            currency = dice.choice((None, "EUR", "EUR", "USD"))
            orders.append(
                sale(f"o{number}-{nth}", visitor, moment(), revenue, **_odd(dice, currency=currency))
            )
        for nth in range(dice.choice((0, 1, 2))):
            began = {"session_key": f"s{number}-{nth}", "visitor_id": visitor or "", "started_at": moment()}
            sessions.append({**began, **_odd(dice)})
    return World(events=events, orders=orders, sessions=sessions)


def _odd(dice: random.Random, **more: Any) -> dict[str, Any]:
    shop = dice.choice((SHOP.shop_id,) * 19 + ("lamps",))
    return {"shop_id": shop, "bot": dice.random() < 0.05, **more}


def own(rows: list[dict[str, Any]], when: str) -> list[dict[str, Any]]:
    mine = [row for row in rows if row["shop_id"] == SHOP.shop_id and not row["bot"]]
    return [row for row in mine if START <= row[when] < UNTIL]


def amount(row: dict[str, Any]) -> Decimal:
    return row["revenue"] if row["currency"] in (None, SHOP.currency) else Decimal(0)


def described(orders: list[list[dict[str, Any]]]) -> tuple[int, int, int, int, Decimal, float]:
    """visitors, buyers, orders, orders in the shop's currency, revenue and squares of visitors' orders."""
    spent = [sum(map(amount, one), Decimal(0)) for one in orders]
    flat = [row for one in orders for row in one]
    paid = sum(row["currency"] in (None, SHOP.currency) for row in flat)
    squares = sum(float(one) ** 2 for one in spent)
    return len(orders), sum(map(bool, orders)), len(flat), paid, sum(spent, Decimal(0)), squares


def oracle(world: World) -> dict[tuple[str, str], Any]:
    """(part, arm) → what its visitors did."""
    told = [row for row in own(world.events, "ts") if row["ab_segment"] and row["visitor_id"]]
    sales = own(world.orders, "placed_at")
    found: dict[tuple[str, str], list[list[dict[str, Any]]]] = {}
    for visitor in {row["visitor_id"] for row in told}:
        mine = [row for row in told if row["visitor_id"] == visitor]
        arms = {row["ab_segment"] for row in mine}
        since = min(row["ts"] for row in mine)
        key = ("mixed", "") if len(arms) > 1 else ("arm", arms.pop())
        bought = [one for one in sales if one["visitor_id"] == visitor and one["placed_at"] >= since]
        found.setdefault(key, []).append(bought)
    return {key: described(orders) for key, orders in found.items()}


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = empty_store()
    yield connection
    connection.close()


def ask(db: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    query = queries.load(name)
    result = db.execute(query.sql, {taken: PARAMS[taken] for taken in query.params})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def client(db: duckdb.DuckDBPyConnection) -> Client:
    return signed_in(app_over(db))


@SEEDED
@given(seed=st.integers(0, 2**32))
def test_every_arm_has_the_visitors_and_orders_that_the_rules_give_it(
    db: duckdb.DuckDBPyConnection, seed: int
) -> None:
    world = dense(seed)
    fill(db, world)
    names = ("visitors", "buyers", "orders", "own_currency", "revenue")
    rows = ask(db, "experiments/arms")
    truth = oracle(world)
    assert {(row["part"], row["arm"]): tuple(row[name] for name in names) for row in rows} == {
        key: values[:5] for key, values in truth.items()
    }
    for row in rows:
        assert row["squares"] == pytest.approx(truth[row["part"], row["arm"]][5])


@SEEDED
@given(seed=st.integers(0, 2**32))
def test_traffic_is_the_visitors_of_the_period_and_what_they_spent(
    db: duckdb.DuckDBPyConnection, seed: int
) -> None:
    world = dense(seed)
    fill(db, world)
    sales = own(world.orders, "placed_at")
    people = {row["visitor_id"] for row in own(world.sessions, "started_at")}
    truth = described([[one for one in sales if one["visitor_id"] == visitor] for visitor in people])
    (row,) = ask(db, "experiments/traffic")
    assert (row["visitors"], row["buyers"], row["revenue"]) == (truth[0], truth[1], truth[4])
    assert row["squares"] == pytest.approx(truth[5])


def test_the_worlds_hold_every_part() -> None:
    found = [oracle(dense(seed)) for seed in range(5)]
    keys = {("mixed", ""), ("arm", "arm-0"), ("arm", "arm-1"), ("arm", "arm-2")}
    assert all(set(one) == keys for one in found)
    assert sum(one["mixed", ""][1] for one in found) > 5


def test_more_arms_than_are_listed_are_counted_together(db: duckdb.DuckDBPyConnection) -> None:
    events = [named(f"v{n}", f"arm {n:02}" if n < 25 else "arm 07", START) for n in range(30)]
    fill(db, World(events=events, orders=[sale("o", "v24", START)], sessions=[]))
    rows = ask(db, "experiments/arms")
    assert len([row for row in rows if row["part"] == "arm"]) == 20
    (rest,) = [row for row in rows if row["part"] == "rest"]
    assert (rest["visitors"], rest["orders"]) == (5, 1)
    assert "5 visitors are in arms that are not listed" in client(db).get(ADDRESS).text


def two_arms(sizes: dict[str, tuple[int, int]], revenue: str = "10") -> World:
    """Arms by name with visitors and buyers; everybody has one session, buyers one order."""
    people = [(f"{arm}{n}", arm, n < buyers) for arm, (size, buyers) in sizes.items() for n in range(size)]
    return World(
        events=[named(visitor, arm, START) for visitor, arm, _ in people],
        orders=[
            sale(f"o{visitor}", visitor, START, revenue if arm == "A" else "12")
            for visitor, arm, buys in people
            if buys
        ],
        sessions=[
            {"shop_id": SHOP.shop_id, "session_key": v, "visitor_id": v, "started_at": START, "bot": False}
            for v, _, _ in people
        ],
    )


def panel(text: str, name: str) -> str:
    found = re.search(rf'<section class="panel" id="{name}".*?</section>', text, re.S)
    assert found
    return found[0].replace("\N{NO-BREAK SPACE}", " ")


def test_a_clear_result_is_told_with_its_intervals(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (2_000, 200), "B": (2_000, 300)}))
    text = client(db).get(ADDRESS).text
    shown = panel(text, "result")
    # 15 % against 10 %: Newcombe 2.95 to 7.05; log(1.5) ± 1.96 · √(0.85/300 + 0.9/200) is 0.2376 to 0.5734
    for words in ("10.00 %", "15.00 %", "5 pp", "2.95 pp – 7.05 pp", "50.0 %", "26.8 % – 77.4 %", "Higher"):
        assert words in shown
    assert "€1.00" in shown  # 200 · 10 / 2,000
    assert "€1.80" in shown
    assert "Described, not tested" in shown
    assert 'class="chart' in panel(text, "arms")


def test_a_broken_split_hides_the_result_and_says_why(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (1_000, 200), "B": (1_300, 300)}))
    text = client(db).get(ADDRESS).text
    shown, arms = panel(text, "result"), panel(text, "arms")
    assert "The result of arm B is hidden. It has 1,300 visitors and arm A has 1,000" in shown
    assert "Higher" not in shown
    assert "pp" not in shown
    assert "n/a, because the split between the arms is broken" in arms
    assert 'class="chart' not in arms
    assert "€600" not in panel(text, "increment")


def test_a_split_that_was_planned_hides_nothing(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (2_700, 270), "B": (300, 60)}))
    browser = client(db)
    assert "The result of arm B is hidden" in browser.get(ADDRESS).text
    planned = browser.get(f"{ADDRESS}&planned=90").text
    assert "is hidden" not in planned
    assert "Directional only" in panel(planned, "result")
    assert re.search(r'aria-current="page">90 : 10<', planned)
    strange = browser.get(f"{ADDRESS}&planned=95").text
    assert "“95” is not a planned" in strange


@pytest.mark.parametrize(
    ("buyers", "words", "interval"),
    [(19, "Too few orders", False), (20, "Directional only", True), (100, "No difference shown", True)],
)
def test_few_orders_say_so(db: duckdb.DuckDBPyConnection, buyers: int, words: str, interval: bool) -> None:
    fill(db, two_arms({"A": (500, buyers), "B": (500, buyers)}))
    shown = panel(client(db).get(ADDRESS).text, "result")
    assert words in shown
    assert ("0 pp –" in shown or " pp – " in shown) == interval


def test_visitors_of_both_arms_are_left_out_and_counted(db: duckdb.DuckDBPyConnection) -> None:
    world = two_arms({"A": (50, 30), "B": (50, 30)})
    fill(db, World(events=[*world.events, named("A0", "B", START)], orders=world.orders, sessions=[]))
    rows = client(db).get(DATA).json()["tables"]["experiments/arms"]["rows"]
    assert [(row["part"], row["visitors"], row["orders"]) for row in rows] == [
        ("arm", 49, 29),
        ("arm", 50, 30),
        ("mixed", 1, 1),
    ]
    assert "1 visitors were seen in several arms" in client(db).get(ADDRESS).text


def test_any_arm_can_be_the_one_that_others_are_compared_with(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (100, 30), "B": (100, 40), "C": (100, 50)}))
    browser = client(db)
    usual, chosen = (browser.get(f"{ADDRESS}{more}").text for more in ("", "&code=C"))
    assert "Compared with arm A" in usual
    assert "Compared with arm C" in chosen
    assert "code=B" in panel(usual, "arms")
    strange = browser.get(f"{ADDRESS}&code=%3Cb%3E").text
    assert "in an arm “&lt;b&gt;”" in strange
    assert "Compared with arm A" in strange


def test_where_no_test_runs_the_page_says_how_to_start_one(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(events=[], orders=[], sessions=[]))
    text = client(db).get(ADDRESS).text
    assert "No test is running: no event of this period names an arm" in panel(text, "arms")
    assert "abSegment" in panel(text, "arms")
    assert "No test is running, so that nobody can say" in panel(text, "increment")
    text = client(db).get(UNTESTED).text
    assert "n/a, because there are no visitors with orders in this period" in panel(text, "plan")


def test_one_arm_alone_is_no_test(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (100, 30)}))
    text = client(db).get(ADDRESS).text
    assert "it takes visitors in two arms" in panel(text, "result")
    assert "No test is running, so that nobody can say" in panel(text, "increment")


def test_what_a_test_could_find_follows_the_formula(db: duckdb.DuckDBPyConnection) -> None:
    """10,000 visitors at 2 %: 4 · √(49 / 5,000) is 39.6 %; all baskets are equal, and money needs the same."""
    world = two_arms({"A": (10_000, 200)})
    fill(db, World(events=[], orders=world.orders, sessions=world.sessions))
    shown = panel(client(db).get(UNTESTED).text, "plan")
    assert re.findall(r'data-card="(\w+)">([^<]+)<', shown) == [
        ("visitors", "5,000"),
        ("conversion", "2.0 %"),
        ("find_conversion", "39.6 %"),
        ("find_spending", "39.6 %"),
    ]


def helped(
    db: duckdb.DuckDBPyConnection, key: str, visitor: str, placed: str, revenue: str, **more: Any
) -> None:
    """An order of one line that a block helped ten minutes before."""
    order(db, key, placed, revenue, visitor_id=visitor, session_key=f"s-{visitor}", **more)
    insert(
        db,
        "touches",
        shop_id=SHOP.shop_id,
        touch_id=f"t-{key}",
        event_id=REQUEST.format(1),
        ts=datetime.strptime(f"2026-{placed}", "%Y-%m-%d %H:%M") - timedelta(minutes=10),  # noqa: DTZ007
        visitor_id=visitor,
        session_key=f"s-{visitor}",
        kind="click",
        family="storefront",
        item_id="37",
        recommended_by="dynamic",
        recommended_code="blk9",
        bot=False,
    )


def test_direct_revenue_of_an_arm_is_that_of_its_visitors_from_their_first_event_on(
    db: duckdb.DuckDBPyConnection,
) -> None:
    arms = (("ann", "A"), ("bob", "B"), ("cleo", "B"), ("both", "A"), ("both", "B"))
    fill(db, World(events=[named(visitor, arm, START) for visitor, arm in arms], orders=[], sessions=[]))
    late = named("late", "B", START + timedelta(days=2))
    put(db, "events", [*(named(visitor, arm, START) for visitor, arm in arms), late])
    helped(db, "o1", "ann", "03-12 10:00", "10")
    helped(db, "o2", "bob", "03-12 10:00", "20")
    helped(db, "o3", "cleo", "03-12 10:00", "40", currency="USD")
    helped(db, "o4", "both", "03-12 10:00", "80")
    helped(db, "o5", "late", "03-12 10:00", "160")
    helped(db, "o6", "late", "03-14 10:00", "320")
    order(db, "o7", "03-12 10:00", "640", visitor_id="bob", session_key="s-bob", item_id="lid")
    rows = client(db).get(DATA).json()["tables"]["experiments/direct"]["rows"]
    assert rows == [{"arm": "A", "direct_revenue": "10.0000"}, {"arm": "B", "direct_revenue": "340.0000"}]


def test_the_incrementality_ratio_is_incremental_by_direct_revenue(db: duckdb.DuckDBPyConnection) -> None:
    """B spends 0.80 a visitor more than A: 1,600 over 2,000 visitors, of which tools are credited with 800."""
    fill(db, two_arms({"A": (2_000, 200), "B": (2_000, 300)}))
    db.execute("update orders set session_key = 's-' || visitor_id")
    db.execute("delete from orders where order_key = 'oB0'")
    helped(db, "oB0", "B0", "03-12 10:00", "12")
    shown = panel(client(db).get(ADDRESS).text, "increment").split("<tbody>")[1]
    assert re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]*)<', shown) == ["B"]
    row = re.findall(r"<span>([^<]*)</span>", shown)
    assert row[0] == "€1,600.00"
    assert row[2:] == ["€12.00", "€0.00", "133.33"]


@pytest.mark.parametrize(
    ("orders", "found", "expected"),
    [
        ("enough", Estimate(0.1, Interval(0.01, 0.2)), "higher"),
        ("enough", Estimate(-0.1, Interval(-0.2, -0.01)), "lower"),
        ("enough", Estimate(0.1, Interval(-0.01, 0.2)), "even"),
        ("enough", None, "unknown"),
        ("directional", Estimate(0.1, Interval(0.01, 0.2)), "directional"),
        ("few", Estimate(0.1, None), "few"),
    ],
)
def test_a_conclusion_is_drawn_from_the_interval_alone(
    orders: str, found: Estimate | None, expected: str
) -> None:
    assert standing(orders, found) == expected


def test_without_arms_there_is_no_trial() -> None:
    assert (trial_of([], "A", 0.5).control, trial_of([], "A", 0.5).others) == (None, ())
    assert points_text(-0.0123) == "\N{MINUS SIGN}1.23\N{NO-BREAK SPACE}pp"


def test_markup_in_the_name_of_an_arm_stays_text(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, two_arms({"A": (100, 30), HOSTILE: (100, 40), FORMULA: (400, 50)}))
    text = client(db).get(ADDRESS).text
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>")
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    table = client(db).get(ADDRESS.replace("?", ".csv?") + "&table=experiments/arms").text
    assert not [line for line in table.split("\r\n") if line.split(",")[1:2] == ["=HYPERLINK"]]
    assert "'=HYPERLINK" in table
