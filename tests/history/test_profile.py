"""What a device's profile tells to anyone who knows its did (docs/wire/r46.md §5.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collector.event import DecimalText
from tests.history.world import DID, World
from tests.store.world import START, Sender, item, purchase_id

STRANGER: dict[str, Any] = {
    "known": False,
    "gender": None,
    "bought_something": False,
    "has_email": False,
    "custom_properties": {},
}


def identify(world: World, *calls: dict[str, Any]) -> None:
    """Profile calls of one device, a minute apart; a call is the event's own columns."""
    sender = Sender(len(calls))
    begin = START - timedelta(hours=1)
    for number, columns in enumerate(calls):
        at = begin + timedelta(minutes=number)
        event = sender.event("identify", at, **{"device_id": DID, **columns})
        world.send(sender.request([event], endpoint="rees46.profile"))


def profile(world: World) -> dict[str, Any]:
    found = world.told("profile", did=DID)
    assert found is not None
    return dict(found)


def test_a_device_never_seen_is_a_stranger(world: World) -> None:
    identify(world, {"device_id": "Qw7Er5Ty3U", "props": {"gender": "f"}, "email": "ann@shop.example"})
    assert profile(world) == STRANGER


def test_later_properties_win_and_empty_ones_are_skipped(world: World) -> None:
    identify(
        world,
        {"props": {"gender": "f", "colour": "red", "sizes": [38, 39]}},
        {"props": {"gender": "m", "colour": "", "sizes": [], "club": True, "level": 0}},
        {"props": {"colour": None, "pets": {}}},
    )
    assert profile(world) == {
        **STRANGER,
        "known": True,
        "gender": "m",
        "custom_properties": {"colour": "red", "sizes": [38, 39], "club": True, "level": 0},
    }


def test_contacts_ids_and_attributes_of_the_person_never_leave(world: World) -> None:
    identify(
        world,
        {
            "email": "ann@shop.example",
            "phone": "+420123456789",
            "user_id": "1027",
            "ids": {"loyalty_id": "L-5"},
            "props": {
                "first_name": "Ann",
                "birthday": "1990-01-05",
                "location": "Brno",
                "kids": [{"gender": "f"}],
                "Phone": "123",
                "email": "not an address",
                "loyalty_card_location": "Brno",
                "note": "write to ann@shop.example",
                "other": {"addresses": ["ann@shop.example"]},
                "bob@shop.example": "yes",
                "segment_add": "7",
                "colour": "red",
            },
        },
    )
    found = profile(world)
    assert found == {**STRANGER, "known": True, "has_email": True, "custom_properties": {"colour": "red"}}


def test_a_gender_that_is_none_is_not_told(world: World) -> None:
    identify(world, {"props": {"gender": "x"}})
    assert profile(world) == {**STRANGER, "known": True}


def test_another_person_at_the_same_device_begins_anew(world: World) -> None:
    identify(
        world,
        {"props": {"colour": "red"}},
        {"email": "ann@shop.example", "props": {"gender": "f"}},
        {"props": {"club": "gold"}},
        {"email": "bob@shop.example", "props": {"size": 44}},
    )
    assert profile(world) == {
        **STRANGER,
        "known": True,
        "has_email": True,
        "custom_properties": {"size": 44},
    }


@pytest.mark.parametrize(("status", "bought"), [(None, True), ("cancelled", False)])
def test_who_bought_something_that_was_not_cancelled_is_a_buyer(
    world: World, status: str | None, bought: bool
) -> None:
    sender = Sender()
    order = sender.event(
        "purchase",
        START - timedelta(hours=1),
        device_id=DID,
        items=(item("37", "1", "100"),),
        order_key="order-1",
        transaction_id="order-1",
        value=DecimalText("100"),
        event_id=purchase_id("order-1", "100"),
        order_status=status,
    )
    world.send(sender.request([order]))
    assert profile(world) == {**STRANGER, "known": True, "bought_something": bought}
