"""The sanity bound of Experiments: what visitors knew before a tool helped, by hand and over random worlds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from tests.dashboard.attribution_site import data, html
from tests.dashboard.attribution_world import (
    SHOP,
    Line,
    Order,
    Removal,
    Touch,
    World,
    _uuid,
    ask,
    connect,
    dense,
    fill,
    insert,
    moment,
    oracle,
    together,
)

DAY = 24 * 60
NAMES = {"kettle": "Copper Kettle 2 L", "lid": "Lid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A view, an add or a cart snapshot of an item, or (with `term`) a search."""

    at: float
    visitor: str = "ann"
    item: str = "kettle"
    event: str = "view_item"
    by: str | None = None
    quantity: int | None = None
    term: str = ""
    bot: bool = False


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def stock(db: duckdb.DuckDBPyConnection, world: World, seen: Sequence[Seen]) -> None:
    fill(db, world)
    db.execute("delete from events")
    both = [(number, one) for number, one in enumerate(seen)]
    insert(db, "items", [_item(number, one) for number, one in both if not one.term])
    insert(db, "events", [_search(number, one) for number, one in both if one.term])


def _item(number: int, one: Seen) -> dict[str, Any]:
    return {
        "shop_id": SHOP,
        "ts": moment(one.at),
        "event_id": _uuid(7, number),
        "event": one.event,
        "visitor_id": one.visitor,
        "item_id": one.item,
        "item_name": NAMES[one.item],
        "recommended_by": one.by,
        "quantity": one.quantity,
        "bot": one.bot,
    }


def _search(number: int, one: Seen) -> dict[str, Any]:
    return {
        "shop_id": SHOP,
        "ts": moment(one.at),
        "event_id": _uuid(8, number),
        "event": "search",
        "visitor_id": one.visitor,
        "search_term": one.term,
        "bot": one.bot,
    }


def bound(db: duckdb.DuckDBPyConnection, world: World, *seen: Seen) -> tuple[int, int, int, int, int]:
    """Lines, and of them viewed, searched, in the cart, and any of it."""
    stock(db, world, seen)
    (row,) = ask(db, "experiments/bound")
    return row["direct_lines"], row["viewed"], row["searched"], row["in_cart"], row["known"]


ONE = World(touches=(Touch(id="t", at=10),))
HELP = Seen(at=10, by="dynamic")  # names the item as the touch itself does
UNKNOWN = (1, 0, 0, 0, 0)


def test_an_item_that_the_visitor_met_through_the_tool_was_not_known(db: duckdb.DuckDBPyConnection) -> None:
    assert bound(db, ONE, HELP) == UNKNOWN


@pytest.mark.parametrize(
    ("seen", "viewed"),
    [
        (Seen(at=9), 1),
        (Seen(at=9, event="select_item"), 1),
        (Seen(at=10 - 30 * DAY), 1),
        (Seen(at=9.99 - 30 * DAY), 0),
        (Seen(at=10), 0),
        (Seen(at=11), 0),
        (Seen(at=9, by="listing"), 0),
        (Seen(at=9, visitor="bob"), 0),
        (Seen(at=9, item="lid"), 0),
        (Seen(at=9, bot=True), 0),
    ],
)
def test_a_view_without_help_before_the_touch_is_knowledge(
    db: duckdb.DuckDBPyConnection, seen: Seen, viewed: int
) -> None:
    assert bound(db, ONE, HELP, seen) == (1, viewed, 0, 0, viewed)


@pytest.mark.parametrize(
    ("term", "searched"),
    [
        ("kettle", 1),
        (" KETTLE ", 1),
        ("copper kettle 2 l", 1),
        ("copper kettle 2 l for tea", 1),
        ("ke", 0),
        ("pan", 0),
        ("kettle copper", 0),
    ],
)
def test_a_search_for_the_name_before_the_touch_is_knowledge(
    db: duckdb.DuckDBPyConnection, term: str, searched: int
) -> None:
    assert bound(db, ONE, HELP, Seen(at=5, term=term)) == (1, 0, searched, 0, searched)
    assert bound(db, ONE, HELP, Seen(at=10, term=term)) == UNKNOWN
    assert bound(db, ONE, HELP, Seen(at=5, term=term, visitor="bob")) == UNKNOWN


def test_an_item_in_the_cart_before_the_touch_was_known_until_it_is_taken_out_or_bought(
    db: duckdb.DuckDBPyConnection,
) -> None:
    add = Seen(at=3, event="add_to_cart", quantity=1, by="listing")
    assert bound(db, ONE, HELP, add) == (1, 0, 0, 1, 1)
    assert bound(db, ONE, HELP, Seen(at=3, event="cart_update", quantity=0)) == UNKNOWN
    gone = World(touches=ONE.touches, removals=(Removal(at=5),))
    assert bound(db, gone, HELP, add) == UNKNOWN
    assert bound(db, gone, HELP, add, Seen(at=6, event="add_to_cart")) == (1, 0, 0, 1, 1)
    twice = World(touches=ONE.touches, orders=(Order(key="o0", at=5, session="s0"), Order()))
    assert bound(db, twice, HELP, add) == UNKNOWN


def test_the_first_of_the_touches_that_are_credited_is_the_one_that_counts(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """Last touch credits the one at 20, before which a plain view came; linear credits that at 10 as well."""
    world = World(touches=(Touch(id="a", at=10), Touch(id="b", at=20)))
    assert bound(db, world, Seen(at=15)) == (1, 1, 0, 0, 1)
    (row,) = ask(db, "experiments/bound", model="linear")
    assert (row["direct_lines"], row["known"], row["share"]) == (1, 0, 0.0)


def test_under_a_rule_for_whole_orders_every_line_of_a_credited_order_counts(
    db: duckdb.DuckDBPyConnection,
) -> None:
    world = World(touches=ONE.touches, orders=(Order(lines=(Line(), Line(item="lid"))),))
    stock(db, world, [Seen(at=2, item="lid")])
    (row,) = ask(db, "experiments/bound", preset="retail_rocket_check")
    assert (row["direct_lines"], row["viewed"], row["share"]) == (2, 1, 0.5)


def test_without_direct_lines_the_share_is_not_known_and_the_page_says_why(
    db: duckdb.DuckDBPyConnection,
) -> None:
    stock(db, World(), ())
    rows = data(db, "experiments", tab="untested")["experiments/bound"]["rows"]
    assert rows == [{"direct_lines": 0, "viewed": 0, "searched": 0, "in_cart": 0, "known": 0, "share": None}]
    assert (
        str(html(db, "experiments", tab="untested").body).count(
            "n/a, because there are no direct lines in this period"
        )
        >= 4
    )


def test_the_page_shows_the_bound_and_says_that_it_is_one(db: duckdb.DuckDBPyConnection) -> None:
    stock(db, ONE, [Seen(at=9)])
    text = str(html(db, "experiments", tab="untested").body)
    assert "A bound, not a measurement" in text
    assert "1 of 1 direct lines" in text
    assert "0 of 1 direct lines" in text


def world_of(number: int) -> tuple[World, list[Seen]]:
    world = dense(71, number)
    roll = random.Random(f"71/{number}")
    pick = roll.choice
    seen = [
        Seen(
            at=pick([-31 * DAY, -29 * DAY, 0, 1, 2, 3, 4, 5, 6, 8, 10, 12]),
            visitor=pick([f"ann-{number}"] * 4 + [f"bob-{number}"]),
            item=pick(["kettle", "kettle", "lid"]),
            event=pick(["view_item", "view_item", "add_to_cart", "cart_update"]),
            by=pick([None, None, "dynamic"]),
            quantity=pick([None, 0, 1]),
            term=pick(["", "", "", "kettle", "lid", "copper"]),
            bot=pick([False] * 9 + [True]),
        )
        for _ in range(roll.randint(0, 5))
    ]
    return world, seen


def known_of(world: World, seen: Sequence[Seen]) -> list[tuple[bool, bool, bool]]:
    """Of every direct line: viewed, searched, in the cart; touch by touch."""
    found = []
    moments = {touch.id: touch.at for touch in world.touches}
    for credit in oracle(world):
        if not credit.touch:
            continue
        (order,) = [one for one in world.orders if one.key == credit.order]
        item, helped = order.lines[credit.line].item, moments.get(credit.touch, order.at)
        before = [
            one
            for one in seen
            if one.visitor == order.visitor and not one.bot and helped - 30 * DAY <= one.at < helped
        ]
        mine = [one for one in before if not one.term and one.item == item]
        viewed = any(one.event == "view_item" and one.by is None for one in mine)
        name = NAMES[item].lower()  # some buyer saw it, which is where the name comes from
        searched = any(one.term and (one.term in name or name in one.term) for one in before)
        adds = [one.at for one in mine if one.event != "view_item" and one.quantity != 0]
        found.append((viewed, searched, bool(adds) and _still(world, order, item, max(adds), helped)))
    return found


def _still(world: World, order: Order, item: str, added: float, helped: float) -> bool:
    removed = any(
        one.shop == SHOP
        and one.visitor == order.visitor
        and one.item in (None, item)
        and added <= one.at <= helped
        for one in world.removals
    )
    bought = any(
        one.shop == SHOP
        and one.visitor == order.visitor
        and not one.bot
        and added <= one.at < helped
        and any(line.item == item for line in one.lines)
        for one in world.orders
    )
    return not (removed or bought)


def test_the_bound_is_that_of_a_plain_reading_over_random_worlds(db: duckdb.DuckDBPyConnection) -> None:
    made = [world_of(number) for number in range(600)]
    true = [known for world, seen in made for known in known_of(world, seen)]
    stock(db, together([world for world, _ in made]), [one for _, seen in made for one in seen])
    (row,) = ask(db, "experiments/bound")
    assert (row["direct_lines"], row["viewed"], row["searched"], row["in_cart"], row["known"]) == (
        len(true),
        sum(viewed for viewed, _, _ in true),
        sum(searched for _, searched, _ in true),
        sum(in_cart for _, _, in_cart in true),
        sum(any(known) for known in true),
    )
    assert min(row["viewed"], row["searched"], row["in_cart"]) >= 20
    assert row["share"] == pytest.approx(row["known"] / row["direct_lines"])
