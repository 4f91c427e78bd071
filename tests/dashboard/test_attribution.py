"""The edge cases of attribution under the REES46 preset, each by name.

Touches: across sessions, several tools on one item, tools on different lines, after the
order, of another visitor, shop or item, of another variant, impressions, bots, equal moments.
Carts: full removal, emptied cart, removal of another item, a later add by search, the cart
emptied by the order itself. Orders: split in two within five minutes, bought again later,
cancelled, edited, price-0 line, without lines, without a visitor, one-click purchases.
Families: a message beside blocks, 48 hours to the second. Sessions that began before the period.
What begins before the tables (duplicate thank-you pages, browser and server copies, logins)
is in test_attribution_stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest

from tests.dashboard.attribution_world import (
    NOON,
    Line,
    Order,
    Removal,
    Touch,
    World,
    ask,
    connect,
    credits,
    fill,
    moment,
    oracle,
)

DAY = 24 * 60


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def winners(db: duckdb.DuckDBPyConnection, world: World) -> dict[str, str]:
    """`order/item` → id of the touch that takes it, "" for none; the plain reading must agree."""
    fill(db, world)
    found = credits(db)
    assert found == oracle(world)
    items = {(order.key, n): line.item for order in world.orders for n, line in enumerate(order.lines)}
    return {f"{credit.order}/{items[credit.order, credit.line]}": credit.touch for credit in found}


def winner(db: duckdb.DuckDBPyConnection, world: World) -> str:
    """The touch that takes the only line of the world."""
    (touch,) = winners(db, world).values()
    return touch


def test_a_touch_in_another_session_earns_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert winner(db, World(touches=(Touch(id="t", at=0, session="s0"),))) == ""


def test_a_touch_in_the_session_of_the_order_takes_the_line(db: duckdb.DuckDBPyConnection) -> None:
    assert winner(db, World(touches=(Touch(id="t", at=0),))) == "t"


def test_of_several_tools_on_one_item_the_last_wins(db: duckdb.DuckDBPyConnection) -> None:
    world = World(
        touches=(
            Touch(id="a", at=1, by="dynamic"),
            Touch(id="c", at=3, by="full_search", kind="add"),
            Touch(id="b", at=2, by="listing"),
        )
    )
    assert winner(db, world) == "c"


def test_of_two_touches_at_one_moment_the_greater_id_wins_whatever_the_order_of_rows(
    db: duckdb.DuckDBPyConnection,
) -> None:
    pair = (Touch(id="a", at=1, by="dynamic"), Touch(id="b", at=1, by="listing"))
    assert winner(db, World(touches=pair)) == "b"
    assert winner(db, World(touches=pair[::-1])) == "b"


def test_a_tool_without_a_code_does_not_inherit_the_code_of_an_earlier_touch(
    db: duckdb.DuckDBPyConnection,
) -> None:
    touches = (Touch(id="a", at=1, code="blk-1"), Touch(id="b", at=2, by="listing", code=None))
    fill(db, World(touches=touches))
    (credit,) = credits(db)
    assert (credit.touch, credit.by, credit.code) == ("b", "listing", "")


def test_different_tools_take_different_lines(db: duckdb.DuckDBPyConnection) -> None:
    world = World(
        touches=(Touch(id="k", at=1, item="kettle"), Touch(id="l", at=2, item="lid", by="listing")),
        orders=(Order(lines=(Line(item="kettle"), Line(item="lid"), Line(item="mug"))),),
    )
    assert winners(db, world) == {"o1/kettle": "k", "o1/lid": "l", "o1/mug": ""}


def test_a_touch_at_the_moment_of_the_order_counts_and_one_after_it_does_not(
    db: duckdb.DuckDBPyConnection,
) -> None:
    assert winner(db, World(touches=(Touch(id="t", at=30),))) == "t"
    assert winner(db, World(touches=(Touch(id="t", at=30.001),))) == ""


def test_a_touch_of_another_visitor_shop_or_item_earns_nothing(db: duckdb.DuckDBPyConnection) -> None:
    for touch in (
        Touch(id="t", at=0, visitor="bob"),
        Touch(id="t", at=0, shop="shop-2"),
        Touch(id="t", at=0, item="lid"),
        Touch(id="t", at=0, item=None),
    ):
        assert winner(db, World(touches=(touch,))) == "", touch


def test_another_size_of_the_clicked_item_is_credited(db: duckdb.DuckDBPyConnection) -> None:
    world = World(
        touches=(Touch(id="t", at=0, item="shirt"),),
        orders=(Order(lines=(Line(item="shirt", variant="XL"),)),),
    )
    assert winner(db, world) == "t"


def test_another_item_of_the_same_group_is_not_credited_by_a_preset_that_matches_items(
    db: duckdb.DuckDBPyConnection,
) -> None:
    world = World(
        touches=(Touch(id="t", at=0, item="shirt-red"),),
        orders=(Order(lines=(Line(item="shirt-blue", group="shirt"),)),),
    )
    assert winner(db, world) == ""


def test_an_impression_earns_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert winner(db, World(touches=(Touch(id="t", at=0, kind="impression"),))) == ""


def test_bots_earn_nothing_and_their_orders_are_not_attributed(db: duckdb.DuckDBPyConnection) -> None:
    assert winner(db, World(touches=(Touch(id="t", at=0, bot=True),))) == ""
    assert winners(db, World(touches=(Touch(id="t", at=0),), orders=(Order(bot=True),))) == {}


def test_a_full_removal_ends_the_touches_before_it(db: duckdb.DuckDBPyConnection) -> None:
    touches = (Touch(id="a", at=1), Touch(id="b", at=2, kind="add"))
    assert winner(db, World(touches=touches, removals=(Removal(at=3),))) == ""


def test_an_emptied_cart_ends_the_touches_on_every_item(db: duckdb.DuckDBPyConnection) -> None:
    world = World(touches=(Touch(id="a", at=1, kind="add"),), removals=(Removal(at=3, item=None),))
    assert winner(db, world) == ""


def test_a_partial_removal_and_that_of_another_item_keep_the_touch(db: duckdb.DuckDBPyConnection) -> None:
    """A partial removal leaves the item in the cart: the store tells of none."""
    touches = (Touch(id="a", at=1, kind="add"),)
    assert winner(db, World(touches=touches)) == "a"
    assert winner(db, World(touches=touches, removals=(Removal(at=3, item="lid"),))) == "a"
    assert winner(db, World(touches=touches, removals=(Removal(at=3, visitor="bob"),))) == "a"


def test_after_a_full_removal_a_later_add_by_search_wins(db: duckdb.DuckDBPyConnection) -> None:
    touches = (
        Touch(id="a", at=1, by="dynamic", kind="add"),
        Touch(id="b", at=5, by="full_search", code="kettle", kind="add"),
    )
    assert winner(db, World(touches=touches, removals=(Removal(at=3),))) == "b"


def test_a_removal_before_the_touch_or_at_its_moment_does_not_end_it(db: duckdb.DuckDBPyConnection) -> None:
    touches = (Touch(id="a", at=3, kind="add"),)
    assert winner(db, World(touches=touches, removals=(Removal(at=1),))) == "a"
    assert winner(db, World(touches=touches, removals=(Removal(at=3),))) == "a"


def test_a_cart_emptied_by_the_order_itself_takes_no_credit_away(db: duckdb.DuckDBPyConnection) -> None:
    touches = (Touch(id="a", at=1, kind="add"),)
    assert winner(db, World(touches=touches, removals=(Removal(at=30, item=None),))) == "a"
    assert winner(db, World(touches=touches, removals=(Removal(at=31, item=None),))) == "a"


def test_an_order_split_in_two_within_five_minutes_keeps_its_touches_for_both(
    db: duckdb.DuckDBPyConnection,
) -> None:
    orders = (Order(key="o1", at=30), Order(key="o2", at=35))
    world = World(touches=(Touch(id="a", at=1),), orders=orders)
    assert winners(db, world) == {"o1/kettle": "a", "o2/kettle": "a"}


def test_a_touch_used_up_by_an_earlier_purchase_does_not_serve_a_later_one(
    db: duckdb.DuckDBPyConnection,
) -> None:
    orders = (Order(key="o1", at=30), Order(key="o2", at=35.001))
    world = World(touches=(Touch(id="a", at=1),), orders=orders)
    assert winners(db, world) == {"o1/kettle": "a", "o2/kettle": ""}


def test_a_new_touch_after_the_first_purchase_serves_the_second(db: duckdb.DuckDBPyConnection) -> None:
    world = World(
        touches=(Touch(id="a", at=1), Touch(id="b", at=31, by="listing")),
        orders=(Order(key="o1", at=30), Order(key="o2", at=50)),
    )
    assert winners(db, world) == {"o1/kettle": "a", "o2/kettle": "b"}


def test_a_purchase_of_another_item_or_visitor_uses_nothing_up(db: duckdb.DuckDBPyConnection) -> None:
    for earlier in (
        Order(key="o1", at=10, lines=(Line(item="lid"),)),
        Order(key="o1", at=10, visitor="bob"),
    ):
        world = World(touches=(Touch(id="a", at=1),), orders=(earlier, Order(key="o2", at=30)))
        assert winners(db, world)["o2/kettle"] == "a", earlier


def test_two_lines_of_one_item_share_its_touch(db: duckdb.DuckDBPyConnection) -> None:
    lines = (Line(item="kettle", variant="red"), Line(item="kettle", variant="blue"))
    fill(db, World(touches=(Touch(id="a", at=1),), orders=(Order(lines=lines),)))
    assert [credit.touch for credit in credits(db)] == ["a", "a"]


def test_a_cancelled_order_keeps_its_credit_because_revenue_is_booked(db: duckdb.DuckDBPyConnection) -> None:
    world = World(touches=(Touch(id="a", at=1),), orders=(Order(cancelled=True),))
    assert winner(db, world) == "a"


def test_an_edited_order_is_attributed_by_its_present_lines_and_its_first_time(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """The store keeps the lines of the last version and the time of the first."""
    touches = (Touch(id="a", at=1, item="kettle"), Touch(id="b", at=40, item="lid"))
    edited = World(touches=touches, orders=(Order(at=30, lines=(Line(item="kettle"), Line(item="lid"))),))
    assert winners(db, edited) == {"o1/kettle": "a", "o1/lid": ""}


def test_a_free_line_is_credited_like_any_other(db: duckdb.DuckDBPyConnection) -> None:
    world = World(touches=(Touch(id="a", at=1),), orders=(Order(lines=(Line(revenue="0"),)),))
    assert winner(db, world) == "a"


def test_an_order_without_a_visitor_is_not_attributed_and_says_so(db: duckdb.DuckDBPyConnection) -> None:
    order = Order(visitor=None, session=None, lines=(Line(by="dynamic"),))
    fill(db, World(touches=(Touch(id="a", at=1),), orders=(order,)))
    assert [(row["touch_id"], row["reason"]) for row in ask(db, "attribution/credits")] == [
        (None, "no_visitor")
    ]


def test_what_the_purchase_names_counts_where_the_line_has_no_other_touch(
    db: duckdb.DuckDBPyConnection,
) -> None:
    lines = (Line(item="kettle", by="dynamic", code="blk-9"), Line(item="lid", by="dynamic", code="blk-9"))
    world = World(touches=(Touch(id="a", at=1, by="listing"),), orders=(Order(lines=lines),))
    assert winners(db, world) == {"o1/kettle": "a", "o1/lid": "purchase:o1:1"}


def test_a_message_named_by_the_purchase_is_no_storefront_credit(db: duckdb.DuckDBPyConnection) -> None:
    assert winner(db, World(orders=(Order(lines=(Line(by="bulk"),)),))) == ""


def test_a_plain_view_between_touch_and_order_changes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    """It is no touch: the tables of attribution do not even hold it."""
    fill(db, World(touches=(Touch(id="a", at=1),)))
    before = credits(db)
    db.execute(
        "insert into items (shop_id, ts, event_id, event, line, visitor_id, session_key, bot, item_id)"
        " values ('shop-1', ?, uuid(), 'view_item', 0, 'ann', 's1', false, 'kettle')",
        [moment(2)],
    )
    assert credits(db) == before


def test_an_order_opened_from_a_mailing_with_lines_from_blocks_is_in_both_families(
    db: duckdb.DuckDBPyConnection,
) -> None:
    world = World(
        touches=(
            Touch(id="m", at=0, kind="message_click", family="message", item=None, by="bulk", code="spring"),
            Touch(id="a", at=1, by="dynamic", code="blk-1"),
        ),
        orders=(Order(lines=(Line(item="kettle", revenue="10"), Line(item="lid", revenue="5"))),),
    )
    assert winners(db, world) == {"o1/kettle": "a", "o1/lid": ""}
    assert [
        (row["touch_id"], row["recommended_by"], row["recommended_code"], row["revenue"])
        for row in ask(db, "attribution/rees46_messages")
    ] == [("m", "bulk", "spring", Decimal("15.0000"))]


@pytest.mark.parametrize(("seconds", "credited"), [(172_800, 1), (172_801, 0), (0, 1), (-1, 0)])
def test_a_message_counts_for_48_hours_to_the_second(
    db: duckdb.DuckDBPyConnection, seconds: int, credited: int
) -> None:
    message = Touch(
        id="m", at=30 - seconds / 60, kind="message_click", family="message", session="s0", by="bulk"
    )
    fill(db, World(touches=(message,)))
    assert len(ask(db, "attribution/rees46_messages")) == credited


def test_the_last_message_takes_the_whole_order(db: duckdb.DuckDBPyConnection) -> None:
    def message(name: str, at: float) -> Touch:
        return Touch(id=name, at=at, kind="message_click", family="message", item=None, by="chain", code=name)

    fill(db, World(touches=(message("first", 0), message("last", 1))))
    assert [row["recommended_code"] for row in ask(db, "attribution/rees46_messages")] == ["last"]


@pytest.mark.parametrize("days", [0.5, 1, 1.5, 9])
def test_a_session_that_began_before_the_period_keeps_its_touches(
    db: duckdb.DuckDBPyConnection, days: float
) -> None:
    world = World(touches=(Touch(id="a", at=-days * DAY),))
    fill(db, world)
    assert credits(db, start=NOON, until=NOON + timedelta(days=1)) == oracle(world)


def test_a_late_touch_is_credited_as_soon_as_it_is_stored(db: duckdb.DuckDBPyConnection) -> None:
    order = Order()
    assert winner(db, World(touches=(Touch(id="a", at=1),), orders=(order,))) == "a"
    assert winner(db, World(touches=(Touch(id="a", at=1), Touch(id="late", at=2)), orders=(order,))) == "late"


def test_another_preset_or_model_than_is_known_credits_nobody(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="a", at=1),)))
    assert credits(db, preset="nobody") == []
    assert [credit.touch for credit in credits(db, model="nobody")] == [""]
