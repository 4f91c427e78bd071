"""Vectors of the protocol documents, and rules one number away from each other."""

from __future__ import annotations

from typing import Any

import pytest

from collector.adapters.r46.address import address_in, props_of
from collector.adapters.r46.initial import made_id, segment_of
from collector.adapters.r46.purchase import generated_order_id, key_parts
from collector.event import DecimalText, Event, Item
from collector.ids import keyed_id
from collector.reading.screen import is_robot
from tests.adapters.wired import ENDPOINTS, OneShop, wire_request

LINES = (
    Item(item_id="123456", quantity=DecimalText("2"), price=DecimalText("1990.5")),
    Item(item_id="234567", quantity=DecimalText("1"), price=DecimalText("500")),
)


@pytest.mark.parametrize(("did", "arm"), [("AH5aEvmlqn", "A"), ("Qw7Er5Ty3U", "B")])
def test_the_arm_of_a_device_is_the_documented_one(did: str, arm: str) -> None:
    assert segment_of(did) == arm


def test_the_event_id_of_a_batched_event_is_the_documented_one() -> None:
    assert (
        keyed_id("shop-1", "rees46", "eid", "Ev00000000000000000A") == "92b03b75-a31d-5f0f-a12e-29b713222378"
    )


@pytest.mark.parametrize("lines", [LINES, LINES[::-1]])
def test_the_event_id_of_a_purchase_is_the_documented_one_in_any_order_of_lines(
    lines: tuple[Item, ...],
) -> None:
    columns: dict[str, Any] = {"order_key": "A-1001", "items": lines, "value": "4481"}
    assert keyed_id("shop-1", "rees46", *key_parts(columns)) == "0ebe1865-1252-5645-8ac2-e721cd907b59"


def test_a_generated_order_id_is_the_documented_one() -> None:
    lines = (
        Item(item_id="56", quantity=DecimalText("1")),
        Item(item_id="37", quantity=DecimalText("2"), price=DecimalText("100.5")),
    )
    for given in (lines, lines[::-1]):
        made = generated_order_id("shop-1", "AH5aEvmlqn", "cIxzHQJbUo", given, DecimalText("201"))
        assert made == "auto-6f5ec668e7577e112de3"


def test_made_ids_are_ten_letters_and_digits_and_differ() -> None:
    made = {made_id(str(number)) for number in range(500)}
    assert len(made) == 500
    assert all(len(one) == 10 and one.isascii() and one.isalnum() for one in made)


@pytest.mark.parametrize(
    ("user_agent", "robot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("Mozilla/5.0 HeadlessChrome/120", True),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", False),
        ("curl/8.0", False),
        ("", False),
    ],
)
def test_robots_are_told_by_their_name(user_agent: str, robot: bool) -> None:
    assert is_robot(user_agent) is robot


def test_a_preview_is_no_robot_where_it_opens_a_mail() -> None:
    assert is_robot("Some Preview")
    assert not is_robot("Some Preview", opens_mail=True)
    assert is_robot("Preview bot", opens_mail=True)


def purchases(**changes: Any) -> Event:
    body = {
        "shop_id": "shop-1",
        "did": "AH5aEvmlqn",
        "event": "purchase",
        "order_id": "12",
        "order_price": 100,
        "items": [{"id": 1, "quantity": 2, "price": 50}],
        **changes,
    }
    request = wire_request({"method": "POST", "path": "/push", "body": body})
    judged = ENDPOINTS["/push"].decode(request, OneShop({"shop_id": "shop-1"})).judged[0]
    assert judged.event is not None
    return judged.event


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": 12},
        {"order_id": " 12 "},
        {"order_price": "100.00"},
        {"items": [{"id": "1", "amount": "2.0", "price": "50.0"}]},
        {"did": "Other12345", "sid": "x"},
        {"promocode": "SALE"},
    ],
)
def test_the_same_order_in_other_words_is_the_same_event(changes: dict[str, Any]) -> None:
    assert purchases(**changes).event_id == purchases().event_id


@pytest.mark.parametrize(
    "changes",
    [{"order_id": "13"}, {"order_price": 101}, {"items": [{"id": 1, "quantity": 3, "price": 50}]}],
)
def test_an_order_with_other_content_is_another_event(changes: dict[str, Any]) -> None:
    assert purchases(**changes).event_id != purchases().event_id
    assert purchases(**changes).order_key == changes.get("order_id", "12")


def test_quirk_20_the_browsers_and_the_servers_report_of_an_order_are_one_event() -> None:
    lines = [{"id": 1, "price": 50, "amount": 2}]
    call = ["track", "purchase", {"order": 12, "order_price": 100, "products": lines}]
    batch = {
        "shop_id": "shop-1",
        "did": "AH5aEvmlqn",
        "sent": 2,
        "events": [{"eid": "Ev00000000000000000A", "t": 1, "call": call}],
    }
    request = wire_request({"method": "POST", "path": "/collect", "body": batch})
    browser = ENDPOINTS["/collect"].decode(request, OneShop({"shop_id": "shop-1"})).judged[0].event
    server = purchases(did=None, sid=None, source=None, segment="undefined", order_id="12")
    assert browser is not None
    assert (browser.event_id, browser.order_key) == (server.event_id, server.order_key)
    assert (browser.device_id, server.device_id) == ("AH5aEvmlqn", None)


@pytest.mark.parametrize(
    ("parameters", "address"),
    [
        ("r46_merger=QUBiLmM=", "A@b.c"),
        ("r46_merger=QUBiLmM", "A@b.c"),
        ("a=1&personaclick_merger=QUBiLmM%3D&b=2#x", "A@b.c"),
        ("r46_merger=Pz4-QGIuYw", "?>>@b.c"),
        ("r46_merger=Pz4+QGIuYw", "?>>@b.c"),
        ("r46_merger=Pz4%2BQGIuYw", "?>>@b.c"),
        ("r46_merger=w6lAYi5j", "é@b.c"),
        ("r46_merger=!&x_merger=QUBiLmM", "A@b.c"),
        ("r46_merger=", None),
        ("r46_merger=QUBi\u00e9", None),
        ("r46_merger=YSBiQGMuZA", None),
        ("r46_merger=YUBiQGMuZA", None),
        ("r46_merger=YUBiCg", None),
        ("#r46_merger=QUBiLmM", None),
        ("&" * 200 + "r46_merger=QUBiLmM", None),
    ],
)
def test_an_address_in_a_link_is_base64_of_exactly_one(parameters: str, address: str | None) -> None:
    assert address_in(f"https://shop.example/?{parameters}") == address


@pytest.mark.parametrize(
    ("parameters", "props"),
    [
        ("r46_search_query=a+b%26c&r46_search_query=no", {"search_query": "a b&c"}),
        ("x_input_query=%D1%86&y=1", {"input_query": "ц"}),
        ("rees46_source=mail&rees46_campaign=%ff", {"rees46_source": "mail", "rees46_campaign": "\ufffd"}),
        ("search_query=a&r46_search_query=&rees46_code=1&research_query=2", {}),
        ("y=1#r46_search_query=a", {}),
    ],
)
def test_a_pages_address_tells_the_search_that_led_to_it(parameters: str, props: dict[str, str]) -> None:
    assert props_of(f"https://shop.example/?{parameters}") == props
