"""The examples of the vendor's page on Generate Event, sent to a running server.

As printed there they are no JSON (quotes inside quotes, comments, a missing comma) and are answered
so; written properly they are taken. The page is "Site Activity Tracking Using Generate Event".
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from collector.control import Control
from collector.reading.credentials import digest
from collector.wire import Shop
from tests.live import sign_in
from tests.server import SHOP_ID, Answer, Server, add_shop, serving, wait_until

API_KEY, STRICT_KEY = "4C8A-FF01-key", "9D11-strict-key"
STRICT_SHOP = "57" * 15
EVENT = "/api/v2/event"
ANN = "example@email.com"
CART = "d59c6e6d-4123-4b0e-8c32-15f0656a8c60"
PHONE = "380501234567"
DAY = "period=custom&since=2025-07-01&to=2025-07-01"

PRINTED = [
    ("pageViewed", '{"name": "page", "value": "{"location":"https://example.com"}"}'),
    (
        "productViewed",
        '{"name": "product", "value": "{"productId":"WS01-L-Green","price":45.5,"isInStock":1,'
        '"someProductProperty":["green"]}]}"}',
    ),
    ("productCategoryViewed", '{"name": "category", "value": "{"productCategoryId":"Mugs"}"}'),
    (
        "cartUpdated",
        '{"name": "products", "value": "[{"productId":"WS01-L-Green","quantity":1,"price":45.5}]"}',
    ),
    ("productImpressions", '// Locator\n {"name": "phone", "value": Phone}'),
    ("productAddedToWishlist", '{"name": "product", "value": "{ // string contains JSON\n}"} {"name": "c"}'),
    ("searchRequest", '{"name": "search", // Required\n "value": string}'),
]

VIEWED = '{"productId":"WS01-L-Green","price":45.5,"isInStock":1,"someProductProperty":["green"]}]}'
EXAMPLES: list[tuple[str, str, dict[str, str | int], dict[str, Any]]] = [
    (
        "pageViewed",
        ANN,
        {"phone": PHONE, "email": ANN, "page": '{"location":"https://example.com"}'},
        {"event": "page_view", "phone": PHONE, "email": ANN, "page_url": "https://example.com"},
    ),
    (
        "productViewed",
        ANN,
        {"phone": "411786452", "email": ANN, "product": VIEWED, "currencyCode": "USD"},
        {
            "event": "view_item",
            "phone": "411786452",
            "email": ANN,
            "items": [
                {
                    "item_id": "WS01-L-Green",
                    "price": "45.5",
                    "in_stock": True,
                    "props": {"someProductProperty": ["green"]},
                }
            ],
            "currency": "USD",
            "notes": ["json_trailing:product"],
        },
    ),
    (
        "productCategoryViewed",
        ANN,
        {"phone": "7411324763", "email": ANN, "category": '{"productCategoryId":"Mugs"}'},
        {
            "event": "view_item_list",
            "item_list_type": "category",
            "category_id": "Mugs",
            "phone": "7411324763",
            "email": ANN,
        },
    ),
    (
        "cartUpdated",
        ANN,
        {
            "phone": "73456712",
            "email": ANN,
            "products": '[{"productId":"WS01-L-Green","quantity":1,"price":45.5}]',
            "currencyCode": "USD",
            "recycleStateId": CART,
        },
        {
            "event": "cart_update",
            "is_full": True,
            "phone": "73456712",
            "email": ANN,
            "items": [{"item_id": "WS01-L-Green", "price": "45.5", "quantity": "1"}],
            "currency": "USD",
            "cart_id": CART,
        },
    ),
    (
        "productImpressions",
        PHONE,
        {"phone": PHONE, "recomVariantId": "r3v1", "products": '[{"productId":"a"},{"productId":"b"}]'},
        {
            "event": "view_item_list",
            "item_list_type": "recommendation",
            "item_list_id": "r3v1",
            "recommended_by": "recommendation",
            "recommended_code": "r3v1",
            "phone": PHONE,
            "items": [{"item_id": "a", "index": 0}, {"item_id": "b", "index": 1}],
        },
    ),
    (
        "productAddedToWishlist",
        PHONE,
        {
            "phone": PHONE,
            "product": '{"productId":"a","price":9.90,"isInStock":0,"someProductProperty":["x"]}',
            "currencyCode": "UAH",
        },
        {
            "event": "add_to_wishlist",
            "phone": PHONE,
            "items": [
                {
                    "item_id": "a",
                    "price": "9.9",
                    "in_stock": False,
                    "props": {"someProductProperty": ["x"]},
                }
            ],
            "currency": "UAH",
        },
    ),
    (
        "searchRequest",
        PHONE,
        {"phone": PHONE, "search": "mug", "isFound": 0},
        {"event": "search", "phone": PHONE, "search_term": "mug", "search_found": False},
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two shops, one of them strict; the key of each is its own."""
    data = tmp_path_factory.mktemp("yespo") / "data"
    add_shop(data, Shop(shop_id=STRICT_SHOP, options={"yespo.strict": "on"}))
    add_shop(data, Shop(shop_id=SHOP_ID))
    control = Control(data / "control.sqlite")
    keys = {SHOP_ID: (API_KEY, {"site_id": "st-1", "org_id": "7"}), STRICT_SHOP: (STRICT_KEY, {})}
    for shop, (secret, public) in keys.items():
        control.add_key(shop, "yespo", public=public, hashes={"api_key": digest(secret)}, kept={}, now=1.0)
    control.close()
    with serving(data) as running:
        yield running


def basic(key: str = API_KEY, user: str = "any") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()}


def post(server: Server, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return server.post(path, body, basic() if headers is None else headers)


def told(answer: Answer) -> tuple[int, str, bytes]:
    return answer.status, answer.headers["content-type"], answer.body


def records(server: Server, marked: str) -> list[dict[str, Any]]:
    """Canonical records of requests whose body has that text."""
    return [one for one in server.exported() if marked in one["raw"]["body"]]


def shown(one: Mapping[str, Any]) -> dict[str, Any]:
    unshown = ("shop_id", "request_id", "event_id", "seq", "ts", "ts_source", "received_at", "raw")
    return {name: value for name, value in one.items() if name not in unshown and value not in ({}, [])}


OK = (200, "application/json", b"{}")


@pytest.mark.parametrize(("name", "pair"), PRINTED, ids=[name for name, _ in PRINTED])
def test_an_example_as_printed_is_no_json(server: Server, name: str, pair: str) -> None:
    body = f'{{"eventTypeKey": "{name}", "keyValue": "{ANN}", "params": [{pair}]}}'
    assert told(post(server, EVENT, body.encode())) == (400, "text/plain", b"json_malformed")


@pytest.mark.parametrize(("name", "key", "params", "expected"), EXAMPLES, ids=[name for name, *_ in EXAMPLES])
def test_an_example_is_taken_and_becomes_its_record(
    server: Server, name: str, key: str, params: dict[str, str | int], expected: dict[str, Any]
) -> None:
    pairs = [{"name": one, "value": value} for one, value in params.items()]
    body = {"eventTypeKey": name, "keyValue": key, "params": pairs, "mark": f"seed {name}"}
    assert told(post(server, EVENT, body)) == OK
    (one,) = records(server, f'"seed {name}"')
    meant = {"vendor": "yespo", "endpoint": "yespo.event", "vendor_event": name, **expected}
    assert shown(one) == {**meant, "props": {"mark": f"seed {name}"}}
    assert (one["ts_source"], one["ts"]) == ("server", one["received_at"])
    assert API_KEY not in json.dumps(one)


# ---- transport


def marked(mark: str) -> dict[str, Any]:
    return {"eventTypeKey": "loyaltyJoined", "keyValue": ANN, "params": [], "mark": mark}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/event",
        "/api/v1/event/",
        "/api/v2/event?",
        "//api//v2/event",
        "/api/v3/event/",
        "/api/v3/event/?",
    ],
)
def test_a_path_is_served_as_clients_write_it_and_never_redirected(server: Server, path: str) -> None:
    assert told(post(server, path, marked(path))) == OK
    assert [one["custom_name"] for one in records(server, json.dumps(path))] == ["loyaltyJoined"]


def test_compressed_bodies_of_any_type_are_taken(server: Server) -> None:
    headers = {**basic(user=""), "Content-Encoding": "gzip", "Content-Type": "text/plain"}
    body = gzip.compress(json.dumps(marked("gzip")).encode())
    assert told(server.request("POST", EVENT, body, headers)) == OK
    assert len(records(server, '"gzip"')) == 1


@pytest.mark.parametrize("header", ["basic", "BASIC", "Basic"])
def test_the_scheme_of_a_key_may_be_written_in_any_case(server: Server, header: str) -> None:
    sent = basic()["Authorization"].replace("Basic", header)
    assert told(post(server, EVENT, marked(header), {"Authorization": sent})) == OK


def test_refusals_are_text(server: Server) -> None:
    body = marked("refused")
    assert told(post(server, EVENT, body, {})) == (401, "text/plain", b"auth_missing")
    assert told(post(server, EVENT, body, basic("wrong"))) == (401, "text/plain", b"auth_invalid")
    assert told(post(server, EVENT, b"[]")) == (400, "text/plain", b"wrong_shape")
    assert told(post(server, "/api/v1/nothing", body)) == (404, "text/plain", b"path_unknown")
    assert told(server.get("/api/v3/x/y")) == (404, "text/plain", b"path_unknown")
    assert records(server, '"refused"') == []


def test_start_up_checks_are_answered(server: Server) -> None:
    for path in ("/api/v1/version", "/api/v1/account/info/"):
        assert told(server.get(path, basic())) == OK
        assert told(server.get(path)) == (401, "text/plain", b"auth_missing")


def test_strict_mode_names_the_parameters_the_vendor_asks_for(server: Server) -> None:
    body = {"eventTypeKey": "searchRequest", "keyValue": ANN, "params": []}
    answer = post(server, EVENT, body, basic(STRICT_KEY))
    said = b"The event should have the following params: [ {name: search, required: true} ]"
    assert told(answer) == (400, "text/plain", said)
    assert answer.verdict == "rejected; codes=field_missing:search"
    assert server.exported(STRICT_SHOP) == []


# ---- the tracker


def page(name: str, site: str = "st-1", **more: Any) -> dict[str, Any]:
    info = {"eventName": name, "siteId": site, "datetime": 1751364002000, "cookies": {"sc": "w-1"}}
    return {"GeneralInfo": info, **more}


def test_the_tracker_answers_a_page_of_any_origin_and_asks_for_no_key(server: Server) -> None:
    origin = {"Origin": "https://shop.example"}
    answer = post(server, "/api/v2", page("MainPage", mark="origin"), origin)
    assert told(answer) == OK
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    (one,) = records(server, '"origin"')
    assert (one["endpoint"], one["event"], one["ts"], one["device_id"]) == (
        "yespo.web",
        "page_view",
        "2025-07-01T10:00:02.000000Z",
        "w-1",
    )


def test_a_preflight_of_the_tracker_is_answered(server: Server) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization"}
    answer = server.request("OPTIONS", "/api/v2", headers=asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-headers"] == "authorization"


def test_a_site_nobody_knows_is_told_nothing_and_leaves_no_event(server: Server) -> None:
    answer = post(server, "/api/v2", page("MainPage", "st-2", mark="stranger"), {})
    assert told(answer) == OK
    assert answer.verdict == "rejected; codes=shop_unknown"
    assert records(server, '"stranger"') == []


def test_a_page_told_twice_is_one_event(server: Server) -> None:
    body = page("MainPage", mark="twice")
    assert [post(server, "/api/v2", body, {}).verdict for _ in range(2)] == ["accepted", "duplicate"]
    assert len(records(server, '"twice"')) == 1


# ---- one order


def test_an_order_told_over_both_surfaces_and_again_is_one_order(server: Server) -> None:
    """The tracker's report comes first and counts; the API's adds its state."""
    bought = {
        "OrderNumber": "A-1001",
        "GUID": "g-2",
        "Products": [
            {"product_id": "123456", "unit_price": "1990.50 EUR", "quantity": "2"},
            {"product_id": "234567", "unit_price": "500 EUR", "quantity": 1},
        ],
    }
    order = {
        "externalOrderId": "A-1001",
        "externalCustomerId": "u-5",
        "totalCost": 4481,
        "status": "INITIALIZED",
        "date": "2025-07-01T10:00:00+00:00",
        "email": "ann@example.org",
        "currency": "EUR",
        "items": [
            {"externalItemId": "123456", "name": "Kettle", "quantity": 2, "cost": 1990.5},
            {"externalItemId": "234567", "name": "Lid", "quantity": 1, "cost": 500},
        ],
    }
    delivered = {**order, "status": "DELIVERED"}
    for _ in range(2):
        web = page("PurchasedItems", PurchasedItems=bought, TrackedOrderId="t-9")
        assert told(post(server, "/api/v2", web, {})) == OK
        assert told(post(server, "/api/v1/orders/", {"orders": [order]})) == OK
        assert told(post(server, "/api/v1/orders", {"orders": [delivered]})) == OK
    rows = [one for one in server.exported() if one.get("order_key") == "A-1001"]
    assert [(row["endpoint"], row["event"], row.get("order_status")) for row in rows] == [
        ("yespo.web", "purchase", None),
        ("yespo.orders", "purchase", "INITIALIZED"),
        ("yespo.orders", "order_status", "DELIVERED"),
    ]
    cookie = {"Cookie": sign_in(server)}

    def orders() -> list[tuple[str, float, int]]:
        found = server.get(f"/orders.json?shop={SHOP_ID}&{DAY}", cookie).json()["tables"]["orders/list"][
            "rows"
        ]
        return [(row["order_key"], float(row["revenue"]), row["lines"]) for row in found]

    wait_until(lambda: orders() == [("A-1001", 4481.0, 2)], why=lambda: str(orders()))
