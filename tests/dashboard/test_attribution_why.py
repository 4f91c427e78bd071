""" "Why this credit?": the timeline of an order agrees with its credits and leaves nothing unexplained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dashboard.attribution_world import (
    RULES,
    SHOP,
    Line,
    Order,
    Removal,
    Touch,
    World,
    ask,
    connect,
    counts,
    dense,
    fill,
    moment,
    oracle,
    together,
)

WORLDS = [dense(47, number) for number in range(400)]
DECIDED_BY = {
    "bot": "bot",
    "time": "after_order",
    "kind": "wrong_kind",
    "session": "other_session",
    "removed": "removed_from_cart",
    "used up": "used_by_earlier_purchase",
}
DAY = 24 * 60


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def why(db: duckdb.DuckDBPyConnection, key: str = "o1") -> list[dict[str, Any]]:
    """The timeline of an order, asked for with a period that does not hold it."""
    return ask(db, "attribution/rees46_why", id=key, start=moment(9 * DAY), until=moment(10 * DAY))


def reasons(db: duckdb.DuckDBPyConnection, world: World) -> dict[str, str]:
    """Touch → reason, for worlds with one line."""
    fill(db, world)
    return {row["touch_id"]: row["reason"] for row in why(db)}


def expected(world: World, order: Order, number: int, touch: Touch) -> str:
    """The first rule that rejects the touch, in the order in which people would ask."""
    line = order.lines[number]
    if order.bot:
        return "order_of_bot"
    for rule in ("bot", "time", "kind", "session", "removed", "used up"):
        if not RULES[rule](world, order, line, touch):
            if rule == "session" and order.session is None:
                return "order_without_session"
            return DECIDED_BY[rule]
    (credit,) = [c for c in oracle(world) if (c.order, c.line) == (order.key, number)]
    return "kept_last" if credit.touch == touch.id else "superseded_by_later"


def relevant(world: World, order: Order, number: int) -> list[Touch]:
    return [
        touch
        for touch in world.touches
        if touch.shop == order.shop
        and touch.visitor == order.visitor
        and touch.family == "storefront"
        and touch.item == order.lines[number].item
        and (touch.at <= order.at or touch.session == order.session)
    ]


def test_every_touch_on_an_item_of_the_order_has_the_reason_that_the_rules_give(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """And what the timeline keeps is what the lines are credited to."""
    fill(db, together(WORLDS))
    credited = {(c.order, c.line): c.touch for world in WORLDS for c in oracle(world)}
    seen: Counter[str] = Counter()
    for world, order in busiest(60):
        rows = [row for row in why(db, order.key) if row["line"] is not None]
        found = {(row["line"], row["touch_id"]): row["reason"] for row in rows if row["kind"] != "purchase"}
        assert found == {
            (number, touch.id): expected(world, order, number, touch)
            for number in range(len(order.lines))
            for touch in relevant(world, order, number)
        }
        assert {row["line"]: row["touch_id"] for row in rows if row["kept"]} == {
            number: credited[order.key, number]
            for number in range(len(order.lines))
            if credited.get((order.key, number))
        }
        seen.update(found.values())
    assert {*DECIDED_BY.values(), "kept_last", "superseded_by_later", "order_of_bot"} <= set(seen)


def busiest(number: int) -> list[tuple[World, Order]]:
    """Orders of the shop with the most touches to explain."""
    found = [(world, order) for world in WORLDS for order in world.orders if order.shop == SHOP]

    def touches(one: tuple[World, Order]) -> int:
        world, order = one
        return sum(len(relevant(world, order, line)) for line in range(len(order.lines)))

    return sorted(found, key=touches, reverse=True)[:number]


def test_the_deciding_moment_is_that_of_the_removal_the_purchase_or_the_later_touch(
    db: duckdb.DuckDBPyConnection,
) -> None:
    world = World(
        touches=(
            Touch(id="removed", at=1),
            Touch(id="used", at=4),
            Touch(id="beaten", at=21),
            Touch(id="winner", at=22),
        ),
        removals=(Removal(at=2), Removal(at=3)),
        orders=(Order(key="earlier", at=10), Order(key="o1", at=30)),
    )
    fill(db, world)
    assert [(row["touch_id"], row["reason"], row["decided_at"], row["decided_by"]) for row in why(db)] == [
        ("removed", "removed_from_cart", moment(2), None),
        ("used", "used_by_earlier_purchase", moment(10), "earlier"),
        ("beaten", "superseded_by_later", moment(22), "winner"),
        ("winner", "kept_last", None, None),
    ]


def test_touches_of_thirty_days_before_the_order_are_told_and_older_ones_are_not(
    db: duckdb.DuckDBPyConnection,
) -> None:
    touches = (
        Touch(id="month", at=30 - 30 * DAY, session="s0"),
        Touch(id="older", at=29.9 - 30 * DAY, session="s0"),
    )
    assert reasons(db, World(touches=touches)) == {"month": "other_session"}


def test_a_touch_after_the_order_is_told_within_its_session_only(db: duckdb.DuckDBPyConnection) -> None:
    touches = (Touch(id="same", at=31), Touch(id="other", at=31, session="s2"))
    assert reasons(db, World(touches=touches)) == {"same": "after_order"}


def test_another_variant_of_the_bought_item_is_told_as_such(db: duckdb.DuckDBPyConnection) -> None:
    fill(
        db,
        World(
            touches=(Touch(id="t", at=1, item="shirt-red"),),
            orders=(Order(lines=(Line(item="shirt-blue", group="shirt"),)),),
        ),
    )
    db.execute("update touches set item_group_id = 'shirt'")
    assert [(row["line"], row["item_id"], row["reason"]) for row in why(db)] == [
        (0, "shirt-red", "other_variant")
    ]


def test_tools_of_other_items_in_the_session_are_counted_once_a_tool(db: duckdb.DuckDBPyConnection) -> None:
    touches = (
        Touch(id="1", at=1, item="mug"),
        Touch(id="2", at=2, item="pan"),
        Touch(id="3", at=3, item="pan", by="listing", code=None),
        Touch(id="4", at=4, item=None, kind="impression"),
        Touch(id="5", at=5, item="pan", session="s2"),
        Touch(id="6", at=31, item="pan"),
    )
    fill(db, World(touches=touches))
    columns = ("occurred_at", "recommended_by", "kind", "touches", "reason", "line", "kept")
    assert [tuple(row[column] for column in columns) for row in why(db)] == [
        (moment(2), "dynamic", "click", 2, "other_item", None, False),
        (moment(3), "listing", "click", 1, "other_item", None, False),
        (moment(4), "dynamic", "impression", 1, "wrong_kind", None, False),
    ]


def test_messages_stand_apart_with_their_own_rules(db: duckdb.DuckDBPyConnection) -> None:
    def message(name: str, at: float, kind: str = "message_click", **more: Any) -> Touch:
        return Touch(id=name, at=at, kind=kind, family="message", item=None, by="bulk", code=name, **more)

    touches = (
        message("old", 29 - 2 * DAY),
        message("beaten", 1),
        message("bot", 2, bot=True),
        message("seen", 3, kind="impression"),
        message("winner", 4),
        message("late", 31),
    )
    fill(db, World(touches=touches))
    assert [(row["touch_id"], row["reason"], row["kept"]) for row in why(db)] == [
        ("old", "message_too_old", False),
        ("beaten", "message_superseded", False),
        ("bot", "bot", False),
        ("seen", "wrong_kind", False),
        ("winner", "message_credited", True),
        ("late", "after_order", False),
    ]
    assert {row["family"] for row in why(db)} == {"message"}


def test_a_message_is_too_old_after_48_hours_to_the_second_even_where_a_later_one_wins(
    db: duckdb.DuckDBPyConnection,
) -> None:
    def message(name: str, at: float) -> Touch:
        return Touch(id=name, at=at, kind="message_click", family="message", item=None, by="bulk")

    touches = (message("older", 30 - 172_801 / 60), message("just", 30 - 172_800 / 60), message("last", 0))
    assert reasons(db, World(touches=touches)) == {
        "older": "message_too_old",
        "just": "message_superseded",
        "last": "message_credited",
    }


@pytest.mark.parametrize(
    ("line", "order", "reason"),
    [
        (Line(by="dynamic"), {}, "purchase_field_fallback"),
        (Line(by="bulk"), {}, "purchase_field_message"),
        (Line(by="dynamic"), {"visitor": None, "session": None}, "no_visitor"),
        (Line(by="dynamic"), {"bot": True}, "order_of_bot"),
    ],
)
def test_what_the_purchase_names_is_explained(
    db: duckdb.DuckDBPyConnection, line: Line, order: dict[str, Any], reason: str
) -> None:
    fill(db, World(orders=(Order(lines=(line,), **order),)))
    assert [(row["touch_id"], row["kind"], row["reason"]) for row in why(db)] == [
        ("purchase:o1:0", "purchase", reason)
    ]


def test_what_the_purchase_names_yields_to_a_touch_before_it(db: duckdb.DuckDBPyConnection) -> None:
    world = World(touches=(Touch(id="t", at=1),), orders=(Order(lines=(Line(by="listing"),)),))
    assert counts(world, world.orders[0], world.orders[0].lines[0], world.touches[0])
    assert reasons(db, world) == {"t": "kept_last", "purchase:o1:0": "purchase_field_unused"}


def test_an_order_key_of_quotes_slashes_and_markup_is_found_as_it_is(db: duckdb.DuckDBPyConnection) -> None:
    for key in ("A/1?x=1&y", "o'1\"; drop table orders; --", "<script>alert(1)</script>", "ключ %2F", ".."):
        fill(db, World(touches=(Touch(id="t", at=1),), orders=(Order(key=key),)))
        assert [(row["touch_id"], row["reason"]) for row in why(db, key)] == [("t", "kept_last")]
