"""What is searched, found and earned: the queries against plain Python over small worlds, and the page."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboard.texts import load as load_texts
from tests.dashboard.shop_world import OneKey, app_over, signed_in
from tests.dashboard.shopping_world import (
    PERIOD,
    SHOP,
    START,
    UNTIL,
    Act,
    Sale,
    Thing,
    Touch,
    World,
    after,
    ask,
    counted,
    store,
    within,
)
from tests.live import sign_in
from tests.server import SHOP_ID, Server, serving, wait_until

DAY = 24 * 60
SEEDS = range(12)
TERMS = ["cup", "Cup ", " red cup", "чайник", "ЧАЙНИК", "   ", None]
CUP = (Thing(item="37"),)


def term_of(text: str | None) -> str:
    return (text or "").strip(" ").lower()


def random_world(seed: int) -> World:
    """Searches, uses and orders that meet often, around both ends of the period."""
    roll = random.Random(f"search/{seed}")
    pick = roll.choice
    moments = [
        -3 * DAY,
        -1,
        0,
        1,
        2,
        3,
        5,
        6,
        7,
        12,
        100,
        2 * DAY,
        3 * DAY - 1,
        3 * DAY,
        3 * DAY + 2,
        4 * DAY,
    ]
    sessions = ["s1", "s1", "s2", None]

    def act() -> Act:
        event = pick(["search"] * 4 + ["view_item", "select_item", "add_to_cart", "view_item_list"])
        return Act(
            event=event,
            at=pick(moments) + pick([0, 0, 0, 0.5]),
            session=pick(sessions),
            things=() if event == "search" else CUP,
            term=pick(TERMS) if event == "search" else None,
            found=pick([True, False, None]) if event == "search" else None,
            bot=roll.random() < 0.1,
            shop=pick([SHOP.shop_id] * 9 + ["shop-2"]),
        )

    def sale(number: int) -> Sale:
        """Its items are its own, so that at most one touch can count for a line."""
        return Sale(
            key=f"o{number}",
            at=pick(moments),
            session=pick(sessions),
            lines=tuple((f"o{number}-{line}", 1, pick(["1.00", "20.05"])) for line in range(pick([1, 2, 3]))),
            currency=pick(["EUR", "EUR", "USD"]),
            bot=roll.random() < 0.1,
        )

    sales = tuple(sale(number) for number in range(pick([0, 2, 4, 8])))
    touches = tuple(
        Touch(
            at=one.at + pick([-2, -1, 0, 1]),
            item=item,
            by=pick(["full_search", "instant_search", "dynamic"]),
            code=pick(["cup", "CUP", "never searched", None]),
            session=one.session,
        )
        for one in sales
        if one.session
        for item, _, _ in one.lines
        if roll.random() < 0.7
    )
    return World(acts=tuple(act() for _ in range(pick([3, 25, 60]))), sales=sales, touches=touches)


@dataclass
class Expected:
    """What is known of one term."""

    searches: int = 0
    told: int = 0
    zero: int = 0
    followable: int = 0
    no_click: int = 0
    refined: int = 0
    first: dict[str, Any] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)
    revenue: Decimal = Decimal(0)


def expected_of(world: World) -> dict[str, Expected]:
    """The definitions of docs/definitions.md, search by search."""
    found: dict[str, Expected] = defaultdict(Expected)
    searches = [
        (act.ts, number, act)
        for number, act in enumerate(world.acts)
        if act.event == "search" and term_of(act.term) and counted([act])
    ]
    for one in searches:
        if within(one[0]):
            _add_search(world, found[term_of(one[2].term)], one, searches)
    _add_credit(world, found)
    return found


Search = tuple[datetime, int, Act]


def _add_search(world: World, one: Expected, search: Search, searches: Sequence[Search]) -> None:
    ts, _, act = search
    one.searches += 1
    one.told += act.found is not None
    one.zero += act.found is False
    if act.session is None:
        return
    one.followable += 1
    one.first[act.session] = min(ts, one.first.get(act.session, ts))
    later = [other for other in searches if other[2].session == act.session and other[:2] > search[:2]]
    following = min(later, key=lambda other: other[:2]) if later else None
    end = min(ts + timedelta(hours=24), following[0] if following else UNTIL + timedelta(days=9))
    clicked = any(
        use.session == act.session and ts <= use.ts < end
        for use in counted(world.acts)
        if use.event in ("view_item", "select_item", "add_to_cart")
    )
    one.no_click += not clicked
    if following and not clicked and following[0] - ts <= timedelta(minutes=5):
        one.refined += term_of(following[2].term) != term_of(act.term)


def _add_credit(world: World, found: dict[str, Expected]) -> None:
    for sale in world.sales:
        if sale.bot or not within(sale.ts):
            continue
        for item, _, amount in sale.lines:
            touches = [t for t in world.touches if t.item == item and after(t.at) <= sale.ts]
            for touch in touches:
                if touch.by != "dynamic":
                    one = found[term_of(touch.code)]
                    one.orders.add(sale.key)
                    one.revenue += Decimal(amount) if sale.currency == "EUR" else 0


def _ordering(one: Expected, world: World) -> int:
    return sum(
        any(s.session == session and not s.bot and s.ts >= max(first, START) for s in world.sales)
        for session, first in one.first.items()
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_of_a_term_is_that_of_the_definitions(seed: int) -> None:
    world = random_world(seed)
    expected = {
        term: {
            "searches": one.searches,
            "sessions": len(one.first),
            "zero_results": one.zero if one.told else None,
            "zero_share": _share(one.zero, one.told),
            "no_click": one.no_click if one.followable else None,
            "no_click_rate": _share(one.no_click, one.followable),
            "refined": one.refined if one.followable else None,
            "refined_rate": _share(one.refined, one.followable),
            "ordering_sessions": _ordering(one, world),
            "orders": len(one.orders),
            "revenue": one.revenue,
        }
        for term, one in expected_of(world).items()
    }
    with store(world) as db:
        rows = ask(db, "search/terms", tab="top")
    assert all(row["found"] == len(rows) for row in rows)
    assert {row.pop("term"): {k: v for k, v in row.items() if k != "found"} for row in rows} == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_and_steps_are_the_sums_of_the_terms(seed: int) -> None:
    world = random_world(seed)
    known = expected_of(world).values()
    sums = {
        name: sum(getattr(one, attribute) for one in known)
        for name, attribute in (
            ("searches", "searches"),
            ("told", "told"),
            ("zero_results", "zero"),
            ("followable", "followable"),
            ("no_click", "no_click"),
            ("refined", "refined"),
        )
    }
    with store(world) as db:
        (row,) = ask(db, "search/totals")
        steps = ask(db, "search/trend")
    assert row == {
        **sums,
        "terms": sum(one.searches > 0 for one in known),
        "zero_share": _share(sums["zero_results"], sums["told"]),
        "no_click_rate": _share(sums["no_click"], sums["followable"]),
        "refined_rate": _share(sums["refined"], sums["followable"]),
        "revenue": sum((one.revenue for one in known), Decimal(0)),
    }
    for name in ("searches", "zero_results", "no_click"):
        assert sum(step[name] or 0 for step in steps) == sums[name]


def test_the_random_worlds_meet_every_rule() -> None:
    known = [one for seed in SEEDS for one in expected_of(random_world(seed)).values()]
    assert all(
        any(getattr(one, name) for one in known)
        for name in ("zero", "no_click", "refined", "orders", "revenue")
    )
    assert any(0 < one.no_click < one.followable for one in known)
    assert any(one.revenue and not one.searches for one in known)


def searched(term: str, at: float, **more: Any) -> Act:
    return Act(event="search", at=at, term=term, **more)


@pytest.mark.parametrize(
    ("acts", "no_click", "refined"),
    [
        ((searched("cup", 0),), 1, 0),
        ((searched("cup", 0), Act(event="view_item", at=0, things=CUP)), 0, 0),
        ((Act(event="view_item", at=0, things=CUP), searched("cup", 1)), 1, 0),
        ((searched("cup", 0), Act(event="view_item", at=DAY, things=CUP)), 1, 0),
        ((searched("cup", 0), searched("mug", 5)), 2, 1),
        ((searched("cup", 0), searched("mug", 5.01)), 2, 0),
        ((searched("cup", 0), searched("CUP", 1)), 2, 0),
        ((searched("cup", 0), Act(event="view_item", at=1, things=CUP), searched("mug", 2)), 1, 0),
        ((searched("cup", 0), searched("mug", 1), Act(event="view_item", at=2, things=CUP)), 1, 1),
    ],
)
def test_a_click_comes_before_the_next_search_and_a_refinement_within_five_minutes_without_one(
    acts: tuple[Act, ...], no_click: int, refined: int
) -> None:
    with store(World(acts=acts)) as db:
        (row,) = ask(db, "search/totals")
    assert (row["no_click"], row["refined"]) == (no_click, refined)


def test_a_result_that_was_not_told_is_unknown_and_not_zero() -> None:
    with store(World(acts=(searched("cup", 0), searched("mug", 60, found=False)))) as db:
        rows = {row["term"]: row["zero_results"] for row in ask(db, "search/terms", tab="top")}
        (row,) = ask(db, "search/totals")
        zero = [row["term"] for row in ask(db, "search/terms", tab="zero")]
    assert rows == {"cup": None, "mug": 1}
    assert (row["zero_results"], row["zero_share"]) == (1, 1.0)
    assert zero == ["mug"]


def test_searches_without_a_session_have_no_rates() -> None:
    with store(World(acts=(searched("cup", 0, session=None),))) as db:
        (row,) = ask(db, "search/terms", tab="top")
        assert (row["searches"], row["no_click"], row["no_click_rate"], row["refined_rate"]) == (
            1,
            None,
            None,
            None,
        )
        assert ask(db, "search/trend")[0]["no_click"] is None


def test_each_tab_lists_its_own_terms_and_find_narrows_them() -> None:
    acts = [searched("cup", number) for number in range(6)]
    acts += [searched("mug", 100 + number, found=False) for number in range(5)]
    acts += [searched("rare pan", 200), Act(event="view_item", at=201, things=CUP)]
    sale = Sale(key="o1", at=300, lines=(("37", 1, "5.00"),))
    world = World(acts=tuple(acts), sales=(sale,), touches=(Touch(at=250, item="37", code="Cup"),))
    with store(world) as db:
        listed = {
            tab: [row["term"] for row in ask(db, "search/terms", tab=tab)]
            for tab in ("top", "zero", "no_click", "earning", "unearning")
        }
        assert [row["term"] for row in ask(db, "search/terms", tab="top", find=" PAN")] == ["rare pan"]
        assert ask(db, "search/terms", tab="top", find="%") == []
    assert listed == {
        "top": ["cup", "mug", "rare pan"],
        "zero": ["mug"],
        "no_click": ["cup", "mug"],
        "earning": ["cup"],
        "unearning": ["mug"],
    }


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_what_terms_earn_is_what_recommendations_says_of_both_search_tools(seed: int) -> None:
    with store(random_world(seed)) as db:
        (row,) = ask(db, "search/totals")
        tools = ask(db, "recommendations/tools", tab="tools")
    search = ("full_search", "instant_search")
    direct = [t["direct_revenue"] for t in tools if t["recommended_by"] in search and t["currency"] == "EUR"]
    assert row["revenue"] == sum(direct, Decimal(0))


@pytest.fixture(scope="module")
def shown() -> Iterator[str]:
    world = World(
        acts=(
            searched("cup", 0),
            searched("<b>mug</b>", 60, found=False),
            Act(event="view_item", at=61, things=CUP),
        ),
        sales=(Sale(key="o1", at=70, lines=(("37", 1, "5.00"),)),),
        touches=(Touch(at=61, item="37", code="<b>mug</b>"),),
    )
    with store(world) as db:
        yield signed_in(app_over(db, control=OneKey(shops=(SHOP,)))).get(f"/search?{urlencode(PERIOD)}").text


def test_the_page_shows_terms_as_text_what_is_unknown_and_the_number_of_untold_searches(shown: str) -> None:
    assert "&lt;b&gt;mug&lt;/b&gt;" in shown
    assert "<b>mug" not in shown
    assert "Searches that did not tell whether anything was found: 1." in shown
    assert "n/a, because no search told whether anything was found" in shown
    assert re.search(r'data-card="revenue">€5\.00<', shown)


def test_an_empty_tab_names_the_next_action() -> None:
    with store(World()) as db:
        client = signed_in(app_over(db, control=OneKey(shops=(SHOP,))))
        for tab in ("top", "zero", "no_click", "earning", "unearning"):
            text = client.get(f"/search?{urlencode({**PERIOD, 'tab': tab})}").text
            words = load_texts("en")(f"search.empty_{tab}")
            assert words.replace("'", "&#39;") in text


def test_pages_and_the_shops_own_calls_share_their_addresses(tmp_path: Path) -> None:
    """The same path is the shop's with `shop_id`, and a page of the dashboard without."""
    with serving(tmp_path) as server:
        cookie = sign_in(server)
        for path, title in (("/search", "Search"), ("/products", "Products")):
            page = server.request("GET", path, headers={"Cookie": cookie})
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert f"<h1>{title}</h1>" in page.body.decode()
            answer = server.request("GET", f"{path}?shop_id={SHOP_ID}&did=AH5aEvmlqn", headers={})
            assert answer.json()["products_total"] == 0
        _is_counted(server, cookie)


def _is_counted(server: Server, cookie: str) -> None:
    """A search that a shop sends stands on the page that has the address of the search call."""
    sent: Mapping[str, str] = {
        "shop_id": SHOP_ID,
        "did": "AH5aEvmlqn",
        "sid": "cIxzHQJbUo",
        "event": "search",
        "search_query": "Blue Kettle",
    }
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.request("POST", "/push", urlencode(sent).encode(), form).status == 200

    def terms() -> list[str]:
        answer = server.request(
            "GET", f"/search.json?shop={SHOP_ID}&period=today", headers={"Cookie": cookie}
        )
        return [row["term"] for row in answer.json()["tables"]["search/terms"]["rows"]]

    wait_until(lambda: terms() == ["blue kettle"], 20)
