"""What is in a device's cart (docs/wire/r46.md §5.6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from collector.event import DecimalText, Event, EventName
from tests.history.world import DID, World, ready
from tests.store.world import START, Sender, item, purchase_id


class Visit:
    """Cart events of one device, a minute apart, each in a request of its own."""

    def __init__(self, world: World, did: str = DID, shop_id: str = "shop-1", seed: int = 1) -> None:
        self._world = world
        self._sender = Sender(seed, shop_id)
        self._did = did
        self._at = START - timedelta(hours=1)

    def __call__(self, name: EventName, *items: Any, **fields: Any) -> None:
        self._at = fields.pop("ts", self._at + timedelta(minutes=1))
        received_at = fields.pop("received_at", None)
        event: Event = self._sender.event(name, self._at, device_id=self._did, items=items, **fields)
        self._world.send(self._sender.request([event], received_at=received_at))

    def snapshot(self, *items: Any) -> None:
        self("cart_update", *items, is_full=True)

    def buy(self, *items: Any, version: str = "1", key: str = "order-1") -> None:
        fields = {"order_key": key, "transaction_id": key, "value": DecimalText(version)}
        self("purchase", *items, event_id=purchase_id(key, version), **fields)


def cart(world: World, did: str = DID) -> list[tuple[str, Any]]:
    found = world.told("cart", did=did, caught_up=ready)
    assert found is not None
    assert set(found) == {"items"}
    assert all(set(line) == {"uniqid", "quantity"} for line in found["items"])
    return [(line["uniqid"], line["quantity"]) for line in found["items"]]


def test_a_device_that_never_had_a_cart_has_an_empty_one(world: World) -> None:
    assert cart(world) == []


def test_a_cart_is_the_last_snapshot_with_what_came_and_went_since(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("9", "9"))
    visit.snapshot(item("37", "2"), item("56", "1"))
    visit("add_to_cart", item("12", "3"))
    visit("add_to_cart", item("37", "1"))
    visit("remove_from_cart", item("56", "1"))
    visit("remove_from_cart", item("12", "1"))
    assert cart(world) == [("37", 3), ("12", 2)]


def test_without_a_snapshot_the_additions_make_the_cart(world: World) -> None:
    visit = Visit(world)
    visit("add_to_cart", item("37"))
    visit("add_to_cart", item("56", "2"))
    visit("add_to_cart", item("37"))
    assert cart(world) == [("37", 2), ("56", 2)]


def test_a_complete_removal_takes_the_whole_line(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "5"), item("56", "1"))
    visit("remove_from_cart", item("37"), notes=("remove_all",))
    assert cart(world) == [("56", 1)]


def test_more_cannot_be_removed_than_is_there(world: World) -> None:
    visit = Visit(world)
    visit("remove_from_cart", item("37", "4"))
    visit("add_to_cart", item("37", "1"))
    visit("remove_from_cart", item("37", "7"))
    assert cart(world) == []
    visit("add_to_cart", item("37", "2"))
    assert cart(world) == [("37", 2)]


def test_an_empty_snapshot_empties_the_cart(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "2"))
    visit.snapshot()
    assert cart(world) == []


@pytest.mark.parametrize("lines", [(item("37", "2"),), ()], ids=["of one item", "without lines"])
def test_a_purchase_empties_the_whole_cart(world: World, lines: tuple[Any, ...]) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "2"), item("56", "1"))
    visit.buy(*lines)
    assert cart(world) == []
    visit("add_to_cart", item("12", "1"))
    assert cart(world) == [("12", 1)]


def test_an_order_reported_again_leaves_the_next_cart_alone(world: World) -> None:
    visit = Visit(world)
    visit.buy(item("37", "2", "100"), version="200")
    visit("add_to_cart", item("12", "1"))
    visit.buy(item("37", "2", "90"), version="180")
    assert cart(world) == [("12", 1)]
    visit.buy(item("12", "1"), key="order-2")
    assert cart(world) == []


def test_whole_quantities_are_written_as_whole_numbers(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "2.0000"), item("56", "0.25"), item("78", "0"))
    found = world.told("cart", did=DID, caught_up=ready)
    assert msgspec.json.encode(found) == (
        b'{"items":[{"uniqid":"37","quantity":2},{"uniqid":"56","quantity":0.25}]}'
    )


def test_an_item_named_twice_in_a_snapshot_is_one_line(world: World) -> None:
    Visit(world).snapshot(item("37", "2"), item("56", "1"), item("37", "1"))
    assert cart(world) == [("37", 3), ("56", 1)]


def test_other_devices_and_other_shops_have_carts_of_their_own(world: World) -> None:
    Visit(world, seed=1)("add_to_cart", item("37"))
    Visit(world, "Qw7Er5Ty3U", seed=2)("add_to_cart", item("56"))
    Visit(world, shop_id="shop-2", seed=3)("add_to_cart", item("78"))
    assert cart(world) == [("37", 1)]
    assert cart(world, "Qw7Er5Ty3U") == [("56", 1)]


def test_what_was_added_more_than_thirty_days_ago_is_forgotten(world: World) -> None:
    visit = Visit(world)
    visit("add_to_cart", item("37"), ts=START - timedelta(days=30, seconds=1))
    visit("add_to_cart", item("56"), ts=START - timedelta(days=30))
    assert cart(world) == [("56", 1)]


def test_an_event_that_comes_late_takes_its_place_in_time(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "2"))
    visit("add_to_cart", item("56"), ts=START - timedelta(hours=2))
    assert cart(world) == [("37", 2)]
    visit("remove_from_cart", item("37", "3"), ts=START - timedelta(minutes=8))
    visit("add_to_cart", item("37", "3"), ts=START - timedelta(minutes=9), received_at=START)
    assert cart(world) == [("37", 2)]


def test_what_was_taken_out_and_put_back_comes_last(world: World) -> None:
    visit = Visit(world)
    visit.snapshot(item("37", "2"), item("56", "1"))
    visit("remove_from_cart", item("37", "2"))
    visit("add_to_cart", item("37", "1"))
    assert cart(world) == [("56", 1), ("37", 1)]


def test_a_cart_that_may_be_of_a_moment_ago_is_not_told(world: World) -> None:
    Visit(world).snapshot(item("37", quantity="2"))
    assert world.told("cart", did=DID) is None
