"""How often an item was wanted lately (docs/wire/r46.md §5.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from collector.event import DecimalText, EventName
from tests.history.world import DID, SHOP, World
from tests.store.world import START, Sender, item, purchase_id

NOTHING = {"view": 0, "cart": 0, "purchase": 0}


def send(world: World, name: EventName, ago: timedelta, *items: Any, **fields: Any) -> None:
    sender = Sender(fields.pop("seed", 1), fields.pop("shop_id", "shop-1"))
    agent = fields.pop("user_agent", "Firefox")
    event = sender.event(name, START - ago, items=items, **{"device_id": DID, **fields})
    world.send(sender.request([event], user_agent=agent))


def buy(world: World, ago: timedelta, key: str, version: str, *items: Any, seed: int) -> None:
    fields = {"order_key": key, "transaction_id": key, "value": DecimalText(version)}
    send(world, "purchase", ago, *items, event_id=purchase_id(key, version), seed=seed, **fields)


def test_an_item_nobody_wanted_is_counted_as_nothing(world: World) -> None:
    assert world.told("counters", item="37") == {"daily": NOTHING, "now": NOTHING}


def test_views_additions_and_orders_count_within_their_windows(world: World) -> None:
    minute = timedelta(minutes=1)
    send(world, "view_item", 14 * minute, item("37"), seed=1)
    send(world, "view_item", 15 * minute, item("37"), seed=2)
    send(world, "view_item", 23 * 60 * minute, item("37"), seed=3)
    send(world, "view_item", 24 * 60 * minute, item("37"), seed=4)
    send(world, "add_to_cart", 20 * minute, item("37", "5"), seed=5)
    send(world, "add_to_cart", 5 * minute, item("37", "1"), item("37", "2"), seed=6)
    buy(world, 2 * minute, "order-1", "100", item("37", "3", "33"), item("56", "1", "1"), seed=7)
    buy(world, 90 * minute, "order-2", "100", item("37", "1", "100"), seed=8)
    expected = {
        "daily": {"view": 3, "cart": 2, "purchase": 2},
        "now": {"view": 1, "cart": 1, "purchase": 1},
    }
    assert world.told("counters", item="37") == expected


def test_the_short_window_is_the_shop_s_and_may_be_longer_than_a_day(world: World) -> None:
    send(world, "view_item", timedelta(minutes=20), item("37"), seed=1)
    send(world, "view_item", timedelta(hours=30), item("37"), seed=2)
    for minutes, count in ((15, 0), (30, 1), (1800, 1), (1801, 2)):
        found = world.told("counters", item="37", shop=replace(SHOP, now_window_min=minutes))
        assert found == {"daily": {**NOTHING, "view": 1}, "now": {**NOTHING, "view": count}}


def test_bots_other_items_other_shops_and_other_events_do_not_count(world: World) -> None:
    minute = timedelta(minutes=1)
    send(world, "view_item", minute, item("37"), user_agent="a bot", seed=1)
    send(world, "view_item", minute, item("56"), seed=2)
    send(world, "view_item", minute, item("37"), shop_id="shop-2", seed=3)
    send(world, "remove_from_cart", minute, item("37"), seed=4)
    send(world, "view_item_list", minute, item("37"), seed=5)
    assert world.told("counters", item="37") == {"daily": NOTHING, "now": NOTHING}


def test_an_order_that_was_changed_counts_once(world: World) -> None:
    buy(world, timedelta(minutes=9), "order-1", "200", item("37", "2", "100"), seed=1)
    buy(world, timedelta(minutes=5), "order-1", "180", item("37", "2", "90"), seed=2)
    expected = {**NOTHING, "purchase": 1}
    assert world.told("counters", item="37") == {"daily": expected, "now": expected}
