"""Yespo's surfaces: the documented mapping, ids of events, and what of a request may not be kept."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collector import record
from collector.errors import Rejected
from collector.wire import Decoded
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, stored, wire_request

KEYS = [{"vendor": "yespo", "public": {"site_id": "st-1", "org_id": "7"}, "secrets": {"api_key": "K-1"}}]
BASIC = {"authorization": "Basic " + base64.b64encode(b"any:K-1").decode()}
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:event-collector:canonical:v1")
EXAMPLES = json.loads((Path(__file__).parent / "examples" / "yespo.json").read_text("utf-8"))
UNSHOWN = ("event_id", "seq", "pointer")


def decoded(path: str, body: Any, shop: Mapping[str, Any] | None = None) -> Decoded:
    headers = {} if path == "/api/v2" else BASIC
    request = {"method": "POST", "path": path, "headers": headers, "body": body}
    return ENDPOINTS[path].decode(wire_request(request), OneShop(shop or {}, KEYS))


def event_id(path: str, body: Any) -> str:
    (judged,) = decoded(path, body).judged
    assert judged.event is not None
    return judged.event.event_id


def keyed(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "\x1f".join((SHOP_ID, "yespo", *parts))))


def digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# ---- the mapping


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{number} {one['about']}" for number, one in enumerate(EXAMPLES)]
)
def test_a_documented_example_becomes_the_documented_record(example: dict[str, Any]) -> None:
    told = decoded(example["path"], example["body"])
    (judged,) = told.judged
    assert judged.event is not None
    found = {"ts_source": "server", **json.loads(json.dumps(record.canonical(judged.event)))}
    unshown = UNSHOWN if found["ts_source"] == "client" else (*UNSHOWN, "ts")
    meant = {name: value for name, value in example["event"].items() if value not in ([], False)}
    shown = {name: value for name, value in found.items() if name not in unshown}
    assert {"search_found": False, **shown} == {"search_found": False, **meant}
    assert ENDPOINTS[example["path"]].answer(told).body == b"{}"


def test_every_surface_has_an_example() -> None:
    assert {one["path"] for one in EXAMPLES} >= {
        "/api/v2/event",
        "/api/v3/event",
        "/api/v2",
        "/api/v1/orders",
        "/api/v1/contact",
    }
    assert len(EXAMPLES) == 25


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/event", "yespo.event"),
        ("/api/v2/event", "yespo.event"),
        ("/api/v3/event", "yespo.event"),
        ("/api/v1/orders", "yespo.orders"),
        ("/api/v1/contacts", "yespo.contact"),
        ("/api/v2", "yespo.web"),
    ],
)
def test_a_path_is_of_the_documented_surface(path: str, name: str) -> None:
    found = ENDPOINTS[path]
    assert (found.name, found.vendor, found.methods) == (name, "yespo", ("POST",))


# ---- ids


def general(name: str, **more: Any) -> dict[str, Any]:
    info = {"eventName": name, "siteId": "st-1", "datetime": 1751364002000, "cookies": {"sc": "w-1"}}
    return {"GeneralInfo": info, **more}


def test_a_cart_of_the_tracker_is_known_by_its_guid() -> None:
    body = general("StatusCart", StatusCart={"GUID": "g-2", "Products": [{"productKey": "a"}]})
    later = general("StatusCart", StatusCart=[{"productKey": "b"}], GUID="g-2")
    assert (
        event_id("/api/v2", body) == event_id("/api/v2", later) == keyed("web", "StatusCart", "st-1", "g-2")
    )


def test_a_purchase_of_the_tracker_is_known_by_its_tracked_id_else_by_its_number() -> None:
    bought = {"OrderNumber": "A-1001", "Products": [{"product_id": "a"}]}
    tracked = general("PurchasedItems", PurchasedItems=bought, TrackedOrderId="t-9")
    plain = general("PurchasedItems", PurchasedItems=bought)
    assert event_id("/api/v2", tracked) == keyed("web", "PurchasedItems", "st-1", "t-9")
    assert event_id("/api/v2", plain) == keyed("web", "PurchasedItems", "st-1", "A-1001")


def test_any_other_event_of_the_tracker_is_known_by_its_body() -> None:
    body = general("ProductPage", ProductPage={"Product": {"productKey": "a", "price": "5"}})
    known = keyed("web", "ProductPage", "st-1", digest(body))
    assert event_id("/api/v2", body) == event_id("/api/v2", dict(reversed(body.items()))) == known
    assert event_id("/api/v2", {**body, "more": 1}) != known


def test_an_order_is_known_by_its_number_state_and_content() -> None:
    order = {"externalOrderId": "A-1001", "status": "INITIALIZED", "totalCost": 25}
    known = keyed("orders", "A-1001", "INITIALIZED", digest(order))
    assert event_id("/api/v1/orders", {"orders": [order]}) == known
    assert event_id("/api/v3/orders", order) == known
    assert event_id("/api/v1/orders", {"orders": [{**order, "totalCost": 26}]}) != known


def test_an_event_with_a_key_value_is_never_a_repeat() -> None:
    body = {"eventTypeKey": "x", "keyValue": "ann@example.org", "params": []}
    assert event_id("/api/v2/event", body)[14] == "7"


# ---- secrets


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
@pytest.mark.parametrize("path", ["/api/v2/event", "/api/v1/orders", "/api/v1/contact", "/api/v2"])
def test_a_key_is_in_no_record(path: str, scheme: str) -> None:
    secret = "K-1" if scheme == "Bearer" else BASIC["authorization"].split()[1]
    body = general("MainPage") if path == "/api/v2" else {"eventTypeKey": "x", "externalOrderId": "A-1"}
    headers = {"authorization": f"{scheme} {secret}"}
    query = "APIKEY=K-1&a=1"
    request = wire_request({"method": "POST", "path": path, "headers": headers, "query": query, "body": body})
    told = ENDPOINTS[path].decode(request, OneShop({}, KEYS))
    line = record.encode(stored(told, request))
    assert (b"K-1" in line, secret.encode() in line, told.raw.query) == (False, False, "a=1")


@pytest.mark.parametrize("strict", ["", "on"])
def test_a_wrong_key_keeps_nothing_of_the_body(strict: str) -> None:
    headers = {"authorization": "Bearer wrong"}
    request = wire_request({"method": "POST", "path": "/api/v2/event", "headers": headers, "body": {"a": 1}})
    with pytest.raises(Rejected) as told:
        ENDPOINTS["/api/v2/event"].decode(request, OneShop({"options": {"yespo.strict": strict}}, KEYS))
    assert (told.value.code, told.value.status, told.value.keep_raw) == ("auth_invalid", 401, False)


def test_the_events_nested_in_a_log_of_the_plugin_are_not_taken() -> None:
    nested = json.dumps({"requestBody": general("StatusCart", StatusCart={"GUID": "g", "Products": []})})
    told = decoded("/api/v2", {"orgId": 7, "log_level": "INFO", "data": nested})
    assert [(one.outcome, one.codes, one.event) for one in told.judged] == [
        ("ignored", ("ignored_log",), None)
    ]
    assert (told.raw.body, told.shop_id) == (b"", SHOP_ID)
