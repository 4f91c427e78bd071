"""The shop's server tells the states of its orders: limits, and what a repeat is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from collector import record
from collector.adapters.r46.orders import MOST_ORDERS
from collector.errors import Rejected
from collector.reading.fingerprint import fingerprint
from collector.wire import Decoded
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, stored, wire_request

SECRET = "correct horse"
SHOP = OneShop({"secret_sha256": hashlib.sha256(SECRET.encode()).hexdigest()})


def asked(orders: Any, **more: Any) -> dict[str, Any]:
    body = {"shop_id": SHOP_ID, "shop_secret": SECRET, "orders": orders}
    return {"method": "POST", "path": "/sync/orders", "body": body, **more}


def sync(request: dict[str, Any]) -> Decoded:
    return ENDPOINTS["/sync/orders"].decode(wire_request(request), SHOP)


def order(number: int, status: str = "new") -> dict[str, Any]:
    return {"id": f"A-{number}", "status": status, "value": {"total": number, "delivery": 0}}


def test_five_thousand_orders_are_taken_and_one_more_is_too_many() -> None:
    decoded = sync(asked([order(number) for number in range(MOST_ORDERS)]))
    assert {one.outcome for one in decoded.judged} == {"accepted"}
    assert len({one.event.event_id for one in decoded.judged if one.event}) == MOST_ORDERS == 5000
    with pytest.raises(Rejected) as refused:
        sync(asked([order(number) for number in range(MOST_ORDERS + 1)]))
    assert (refused.value.code, refused.value.status, refused.value.keep_raw) == (
        "batch_over_limit",
        413,
        False,
    )


def test_too_many_orders_without_the_secret_are_refused_for_the_secret() -> None:
    request = asked([order(number) for number in range(MOST_ORDERS + 1)])
    request["body"]["shop_secret"] = "guess"
    with pytest.raises(Rejected) as refused:
        sync(request)
    assert (refused.value.code, refused.value.status) == ("auth_invalid", 401)


def event_ids(*orders: dict[str, Any]) -> list[str]:
    return [one.event.event_id for one in sync(asked(list(orders))).judged if one.event]


def test_a_repeated_sync_is_known_by_order_status_and_content() -> None:
    first = event_ids(order(1), order(2))
    assert event_ids(order(2), order(1)) == first[::-1]
    assert event_ids({**order(1), "note": "edited"}) != first[:1]
    assert event_ids(order(1, "cancelled")) != first[:1]


def test_the_content_of_an_order_is_hashed_whatever_the_order_of_its_keys() -> None:
    assert fingerprint({"b": [1, {"d": "ä", "c": None}], "a": True}) == fingerprint(
        json.loads('{"a":true,"b":[1,{"c":null,"d":"ä"}]}')
    )
    plain = hashlib.sha256(b'{"id":"A-1","status":"new"}').hexdigest()
    assert fingerprint({"status": "new", "id": "A-1"}) == plain


@pytest.mark.parametrize("where", ["body", "query", "form", "inside"])
def test_the_secret_is_in_no_record(where: str) -> None:
    requests: dict[str, dict[str, Any]] = {
        "body": asked([order(1)]),
        "query": asked([order(1)], query="shop_secret=correct%20horse"),
        "form": {
            "method": "POST",
            "path": "/sync/orders",
            "text": f"shop_id={SHOP_ID}&shop_secret=correct+horse&orders[0][id]=1&orders[0][status]=new",
        },
        "inside": asked([{**order(1), "SHOP_SECRET": SECRET}]),
    }
    request = requests[where]
    line = record.encode(stored(sync(request), wire_request(request)))
    assert b"order_status" in line
    assert b"horse" not in line
