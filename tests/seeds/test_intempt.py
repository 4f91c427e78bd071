"""Every example of the vendor's tracking documentation, sent to a running server as it is printed there.

The document is "Track Events API (Recommendations)": only the host is another.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from collector.reading.credentials import digest
from collector.wire import Shop
from tests.server import SHOP_ID, Server, add_shop, run_r46, serving
from tests.store.world import open_store, rows

PROJECT = "/v1/My%20Org/projects/my%20shop"
TRACK = f"{PROJECT}/sources/1001/track"
KEY = "1d3c.hush"
BASIC = "Basic " + base64.b64encode(b"1d3c:hush").decode()
SENT = {"Authorization": BASIC}
ORIGIN = {"Origin": "https://shop.example"}
STRICT_SHOP, STRICT = "57" * 15, "/v1/My%20Org/projects/strict/sources/1001/track"
OFF_SHOP, OFF = "68" * 15, "/v1/My%20Org/projects/off/track"
WHO = {"user_id": "user_123"}
ITEM = {"item_id": "SKU_987"}
ONE = {**ITEM, "quantity": "1"}
DEFAULTED = ["ts_missing", "quantity_defaulted"]

# The document's request with each of the names it lists; "id" stands where it leaves a value open.
PRINTED = """
      {
        "track": [
          {
            "name": "EVENT_NAME",
            "payload": [
              {
                "eventId": "id",
                "userId": "id",
                "anotherUserId": "id",
                "accountId": "id",
                "data": {
                  "productId": "id"
                }
              }
            ]
          }
        ]
      }
"""
EXAMPLE = """
    {
      "track": [
        {
          "name": "Added to cart",
          "payload": [
            {
              "eventId": "evt_10001",
              "userId": "user_123",
              "data": {
                "productId": "SKU_987"
              }
            }
          ]
        }
      ]
    }
"""
NAMES: list[tuple[str, dict[str, Any]]] = [
    ("Product viewed", {"event": "view_item", "items": [{"item_id": "id"}], "notes": ["ts_missing"]}),
    ("Added to cart", {"event": "add_to_cart", "items": [{"item_id": "id", "quantity": "1"}], "notes": DEFAULTED}),
    ("Removed from cart", {"event": "remove_from_cart", "items": [{"item_id": "id", "quantity": "1"}], "notes": DEFAULTED}),
    ("Product ordered", {"event": "purchase", "is_line": True, "order_key": "id", "items": [{"item_id": "id", "quantity": "1"}], "notes": DEFAULTED}),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("intempt") / "data"
    strict = Shop(shop_id=STRICT_SHOP, options={"intempt.strict": "on"})
    for shop, project in (
        (Shop(shop_id=SHOP_ID), "my shop"),
        (strict, "strict"),
        (Shop(shop_id=OFF_SHOP, active=False), "off"),
    ):
        add_shop(data, shop)
        add_key(data, shop.shop_id, project)
    with serving(data) as running:
        yield running


def add_key(data: Path, shop_id: str, project: str) -> None:
    control = Control(data / "control.sqlite")
    public = {"org": "My Org", "project": project, "source": "1001"}
    control.add_key(
        shop_id, "intempt", public=public, hashes={"api_key": digest(KEY)}, kept={}, now=1751364000.0
    )
    control.close()


def track(name: str, *payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"track": [{"name": name, "payload": list(payload)}]}


def became(server: Server, body: Any, path: str = TRACK, shop: str = SHOP_ID, **headers: str) -> Any:
    """The answer's status, body and verdict, and the records that came of the request."""
    before = {one["request_id"] for one in server.exported(shop)}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = server.request("POST", path, sent, {**SENT, **headers})
    new = [shown(one) for one in server.exported(shop) if one["request_id"] not in before]
    return (answer.status, answer.body, answer.verdict), new


def shown(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored record without what differs from run to run."""
    fresh = ("event_id", "request_id", "received_at", "seq", "pointer", "raw")
    told = {name: value for name, value in stored.items() if name not in fresh}
    if told["ts_source"] == "server":
        assert told.pop("ts") == stored["received_at"]
    return told


def stored(event: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "shop_id": SHOP_ID,
        "vendor": "intempt",
        "endpoint": "intempt.track",
        "ts_source": "server",
        "props": {},
        **event,
        **more,
    }


def test_the_example_request_is_created_with_an_empty_answer_and_becomes_its_record(server: Server) -> None:
    answer, records = became(server, EXAMPLE.encode())
    assert answer == (201, b"", "accepted; codes=ts_missing,quantity_defaulted")
    expected = {
        "event": "add_to_cart",
        "vendor_event": "Added to cart",
        **WHO,
        "items": [ONE],
        "notes": DEFAULTED,
    }
    assert records == [stored(expected)]


def test_the_same_request_again_is_answered_alike_and_counted_once(server: Server) -> None:
    again = EXAMPLE.replace("evt_10001", "evt_10002").encode()
    assert became(server, again)[0] == (201, b"", "accepted; codes=ts_missing,quantity_defaulted")
    assert became(server, again) == ((201, b"", "duplicate"), [])


@pytest.mark.parametrize(("name", "expected"), NAMES, ids=[name for name, _ in NAMES])
def test_the_printed_structure_with_each_name_becomes_its_record(
    server: Server, name: str, expected: dict[str, Any]
) -> None:
    answer, records = became(server, PRINTED.replace("EVENT_NAME", name).encode())
    assert answer[:2] == (201, b"")
    who = {"user_id": "id", "account_id": "id", "alias": [{"type": "user_id", "value": "id"}]}
    assert records == [stored({**expected, **who, "vendor_event": name})]


def test_an_event_without_its_product_is_set_aside_with_the_answer_of_success(server: Server) -> None:
    body = track("Product viewed", {"eventId": "evt_1", "userId": "user_123", "data": {}})
    for path, shop in ((TRACK, SHOP_ID), (STRICT, STRICT_SHOP)):
        answer, records = became(server, body, path, shop)
        assert answer == (201, b"", "quarantined; codes=field_missing:productId,ts_missing")
        assert records == []


def test_an_event_without_identity_is_noted_and_a_strict_shop_refuses_all_of_its_batch(
    server: Server,
) -> None:
    good, bad = (
        {
            "name": "Product viewed",
            "payload": [{"eventId": f"evt-{who}", **who, "data": {"productId": "SKU_987"}}],
        }
        for who in ({"userId": "user_123"}, {})
    )
    answer, records = became(server, {"track": [good, bad]})
    assert answer == (201, b"", "accepted; codes=ts_missing,identity_missing")
    assert [one["notes"] for one in records] == [["ts_missing"], ["ts_missing", "identity_missing"]]
    answer, records = became(server, {"track": [good, bad]}, STRICT, STRICT_SHOP)
    assert answer[:2] == (400, b'{"errors":[{"message":"/1/payload/0: identity_missing"}]}')
    assert records == []


VIEW = track("Product viewed", {"eventId": "v", "userId": "user_123", "data": {"productId": "SKU_987"}})


@pytest.mark.parametrize(
    "path",
    [
        TRACK,
        f"{TRACK}/",
        TRACK.replace("/projects", "//projects"),
        "//v1/My%20Org/projects/my%20shop/sources/1001//track",
        f"{PROJECT}/track",
        f"{PROJECT}/track?apiKey={KEY}",
    ],
)
def test_a_path_written_otherwise_is_served_and_never_redirected(server: Server, path: str) -> None:
    answer = server.post(path, VIEW, {} if "apiKey" in path else SENT)
    assert (answer.status, answer.body) == (201, b"")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_body_is_taken_unless_the_shop_is_strict(server: Server, coding: str) -> None:
    plain = json.dumps(track("Newsletter joined", {"eventId": coding, "userId": "user_123"})).encode()
    body = gzip.compress(plain) if coding == "gzip" else zlib.compress(plain)
    headers = {"Content-Encoding": coding}
    answer, records = became(server, body, **headers)
    assert answer == (201, b"", "accepted; codes=ts_missing")
    assert [one["custom_name"] for one in records] == ["Newsletter joined"]
    answer, records = became(server, body, STRICT, STRICT_SHOP, **headers)
    assert answer[:2] == (400, b'{"errors":[{"message":"encoding_unsupported"}]}')
    assert records == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "body"),
    [
        ("POST", TRACK, {}, 401, b""),
        ("POST", TRACK, {"Authorization": "ApiKey 1d3c.no"}, 401, b""),
        ("POST", f"{PROJECT}/nothing", SENT, 404, b'{"errors":[{"message":"path_unknown"}]}'),
        ("GET", f"{PROJECT}/feeds", SENT, 404, b'{"errors":[{"message":"path_unknown"}]}'),
        ("POST", "/v1/none/projects/x/track", SENT, 404, b'{"errors":[{"message":"shop_unknown"}]}'),
        ("POST", STRICT.replace("1001", "9"), SENT, 404, b'{"errors":[{"message":"shop_unknown"}]}'),
        ("POST", TRACK.replace("1001", "9"), SENT, 201, b""),
        ("POST", OFF, SENT, 403, b'{"errors":[{"message":"shop_disabled"}]}'),
        ("GET", TRACK, SENT, 405, b'{"errors":[{"message":"method_not_allowed"}]}'),
        ("POST", f"{PROJECT}/consents/data", SENT, 200, b""),
        ("POST", f"{PROJECT}/feeds/7/data", SENT, 200, b'{"products":[]}'),
        ("POST", f"{PROJECT}/optimization/choose-api", SENT, 200, b'{"choices":[]}'),
        ("POST", f"{PROJECT}/optimization/choose-web", SENT, 200, b'{"choices":[]}'),
    ],
)
def test_an_answer_has_the_documented_status_and_may_be_read_by_a_page(
    server: Server, method: str, path: str, headers: Mapping[str, str], status: int, body: bytes
) -> None:
    sent = (
        json.dumps({**VIEW, "action": "accept", "userId": "user_123"}).encode() if method == "POST" else b""
    )
    answer = server.request(method, path, sent, {**headers, **ORIGIN})
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_a_body_beyond_the_limit_asks_the_client_to_halve_it(server: Server) -> None:
    answer = server.post(
        TRACK, gzip.compress(b" " * (8 * 1024 * 1024 + 1)), {**SENT, "Content-Encoding": "gzip"}
    )
    assert (answer.status, answer.json()) == (413, {"errors": [{"message": "batch_over_limit"}]})


def test_a_browser_may_send_its_key_after_asking_whether_it_may(server: Server) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-intempt-lib",
    }
    answer = server.request("OPTIONS", TRACK, headers=asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-headers"] == "authorization,x-intempt-lib"


@pytest.mark.parametrize("name", ["batch", "track", "identify", "page", "screen", "group", "alias", "import"])
def test_a_path_of_another_kind_of_client_is_none_of_this_vendors(server: Server, name: str) -> None:
    answer = server.post(f"/v1/{name}", VIEW, SENT)
    assert answer.status == 404
    assert b'"errors"' not in answer.body


def bought(event_id: str, product: str, **data: Any) -> dict[str, Any]:
    more = {"productId": product, "currency": "EUR", **data}
    return {"eventId": event_id, "timestamp": 1751364002000, "userId": "user_123", "data": more}


def test_an_order_in_lines_sent_again_is_one_order_with_its_lines_and_total(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        add_key(server.data, SHOP_ID, "my shop")
        numbered = track(
            "Product ordered",
            bought("evt-77", "123456", quantity=2, price="1990.50", orderId="A-1001"),
            bought("evt-77", "234567", quantity=1, price=500),
        )
        unnumbered = track(
            "Product ordered", bought("evt-80", "P-1", price=3), bought("evt-81", "P-2", price=4)
        )
        for body in (numbered, numbered, unnumbered):
            assert server.post(TRACK, body, SENT).status == 201
        lines = [(one["order_key"], one["is_line"], one["items"]) for one in server.exported()]
        assert lines == [
            ("A-1001", True, [{"item_id": "123456", "price": "1990.5", "quantity": "2"}]),
            ("A-1001", True, [{"item_id": "234567", "price": "500", "quantity": "1"}]),
            ("evt-80", True, [{"item_id": "P-1", "price": "3", "quantity": "1"}]),
            ("evt-80", True, [{"item_id": "P-2", "price": "4", "quantity": "1"}]),
        ]
    store = open_store(tmp_path / "data" / "store.duckdb")
    told = (
        "select order_key, transaction_id, vendor, revenue::integer, lines, computed from orders order by 1"
    )
    assert rows(store, told) == [
        ("A-1001", "A-1001", "intempt", 4481, 2, True),
        ("evt-80", None, "intempt", 7, 2, True),
    ]
    assert rows(store, "select item_id, quantity::integer from order_lines order by order_key, line") == [
        ("123456", 2),
        ("234567", 1),
        ("P-1", 1),
        ("P-2", 1),
    ]
    store.close()


def test_a_shop_speaks_with_the_key_that_was_typed_for_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        parts = ("--org", "My Org", "--project", "my shop", "--api-key", KEY, "--data", str(server.data))
        run_r46("shop", "key", "add", SHOP_ID, "--vendor", "intempt", *parts)
        answer = server.post(TRACK, VIEW, SENT)
        assert (answer.status, answer.verdict) == (201, "accepted; codes=ts_missing")


def test_nothing_on_the_disk_holds_a_key(server: Server) -> None:
    server.post(f"{PROJECT}/track?apiKey={KEY}&v=1", VIEW)
    server.post(TRACK, VIEW, SENT)
    server.post(TRACK, b"{", {"Authorization": "ApiKey 1d3c.hush"})
    server.post(f"{PROJECT}/track?apiKey=1d3c.hush.no", VIEW)
    server.exported()
    files = [path for path in server.data.rglob("*") if path.is_file()]
    assert len(files) > 3
    secrets = (KEY.encode(), BASIC.removeprefix("Basic ").encode())
    assert [path for path in files for one in secrets if one in path.read_bytes()] == []
