"""Static segments of a device or a contact (docs/wire/r46.md §3.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.history.world import DID, World
from tests.store.world import START, Sender

EMAIL, PHONE = "ann@shop.example", "+420123456789"


def change(world: World, minute: int, props: dict[str, Any], late: bool = False, **who: str) -> None:
    sender = Sender(minute + 100)
    at = START + timedelta(minutes=minute - 60)
    event = sender.event("identify", at, props=props, **who)
    received_at = START if late else None
    world.send(sender.request([event], received_at=received_at, endpoint="rees46.other"))


def members(world: World, **who: Any) -> list[str]:
    found = world.told("segments", **who)
    assert found is not None
    assert all(segment["type"] == "static" for segment in found["segments"])
    return [segment["id"] for segment in found["segments"]]


def test_a_device_is_in_what_it_was_added_to_and_not_removed_from_since(world: World) -> None:
    change(world, 1, {"segment_add": "10"}, device_id=DID)
    change(world, 2, {"segment_add": "7"}, device_id=DID)
    change(world, 3, {"segment_add": "9"}, device_id=DID)
    change(world, 4, {"segment_remove": "7"}, device_id=DID)
    change(world, 5, {"segment_remove": "10"}, device_id=DID)
    change(world, 6, {"segment_add": "10"}, device_id=DID)
    change(world, 7, {"colour": "red"}, device_id=DID)
    change(world, 8, {"segment_add": "1"}, device_id="Qw7Er5Ty3U")
    assert members(world, did=DID) == ["9", "10"]


def test_order_is_that_of_time_and_not_of_arrival(world: World) -> None:
    change(world, 9, {"segment_remove": "7"}, device_id=DID)
    change(world, 1, {"segment_add": "7"}, late=True, device_id=DID)
    assert members(world, did=DID) == []


def test_a_contact_is_asked_for_alone_where_one_is_given(world: World) -> None:
    change(world, 1, {"segment_add": "1"}, device_id=DID)
    change(world, 2, {"segment_add": "2"}, email=EMAIL)
    change(world, 3, {"segment_add": "3"}, phone=PHONE)
    change(world, 4, {"segment_add": "4"}, device_id=DID, email=EMAIL)
    assert members(world, did=DID) == ["1", "4"]
    assert members(world, did=DID, email=EMAIL) == ["2", "4"]
    assert members(world, email=" Ann@Shop.example ") == ["2", "4"]
    assert members(world, phone=" +420 123-456-789") == ["3"]
    assert members(world, email=EMAIL, phone=PHONE) == ["2", "3", "4"]


def test_nobody_is_in_no_segment(world: World) -> None:
    change(world, 1, {"segment_add": "1"}, email=EMAIL)
    assert members(world) == []
    assert members(world, did="") == []
