"""One shop that reports one order over all five protocols has one order (docs/wire/canonical.md §8, §14)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from collector.reading.credentials import digest
from collector.wire import Shop
from tests.live import sign_in
from tests.server import SHOP_ID, Server, add_shop, serving

KEYS: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    ("retailrocket", {"partner_id": "p1"}, {"api_key": "rr-key"}),
    ("yespo", {}, {"api_key": "ye-key"}),
    ("intempt", {"org": "acme", "project": "web"}, {"api_key": "pre.fix"}),
    ("exponea", {"project_token": "tok-1"}, {"private_key": "id:secret"}),
)
AT = datetime.now(UTC).replace(microsecond=0)
ISO, SECONDS = AT.isoformat(), int(AT.timestamp())
LINES = (("123456", 2, 1990.5), ("234567", 1, 500))


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def retailrocket(server: Server) -> None:
    packet = [
        {
            "order": {
                "sessionExternalId": "dev9f2",
                "productId": int(item_id),
                "price": price,
                "quantity": quantity,
                "transaction": "A-1001",
                "timestamp": ISO,
            }
        }
        for item_id, quantity, price in LINES
    ]
    answer = server.post("/1.0/visitorEvents?apiKey=rr-key&partnerId=p1", packet)
    assert (answer.status, answer.body) == (200, b"{}")


def rees46(server: Server) -> None:
    items = [{"id": item_id, "quantity": quantity, "price": price} for item_id, quantity, price in LINES]
    order = {"event": "purchase", "order_id": "A-1001", "order_price": 4481, "items": items}
    answer = server.post("/push", {"shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", **order})
    assert answer.json() == {"status": "success"}


def yespo(server: Server) -> None:
    items = [
        {"externalItemId": item_id, "name": "n", "quantity": quantity, "cost": price}
        for item_id, quantity, price in LINES
    ]
    order = {
        "externalOrderId": "A-1001",
        "externalCustomerId": "u-5",
        "totalCost": 4481,
        "status": "INITIALIZED",
        "date": ISO,
        "email": "ann@example.org",
        "currency": "EUR",
        "items": items,
    }
    answer = server.post("/api/v1/orders", {"orders": [order]}, basic("any:ye-key"))
    assert (answer.status, answer.body) == (200, b"{}")


def intempt(server: Server) -> None:
    payload = [
        {
            "eventId": "evt-77",
            "timestamp": SECONDS * 1000,
            "userId": "u-5",
            "data": {"productId": item_id, "quantity": quantity, "price": price, "orderId": "A-1001"},
        }
        for item_id, quantity, price in LINES
    ]
    body = {"track": [{"name": "Product ordered", "payload": payload}]}
    answer = server.post("/v1/acme/projects/web/sources/1001/track", body, basic("pre:fix"))
    assert (answer.status, answer.body) == (201, b"")


def exponea(server: Server) -> None:
    lines = [
        {"product_id": item_id, "quantity": quantity, "price": price} for item_id, quantity, price in LINES
    ]
    properties = {
        "purchase_id": "A-1001",
        "purchase_status": "new",
        "total_price": 4481,
        "local_currency": "EUR",
        "product_list": lines,
    }
    body = {
        "customer_ids": {"registered": "u-5"},
        "event_type": "purchase",
        "timestamp": SECONDS,
        "properties": properties,
    }
    answer = server.post("/track/v2/projects/tok-1/customers/events", body, basic("id:secret"))
    assert answer.json() == {"errors": [], "success": True}


SENDERS = {
    "retailrocket": retailrocket,
    "rees46": rees46,
    "yespo": yespo,
    "intempt": intempt,
    "exponea": exponea,
}


@pytest.fixture(params=list(SENDERS))
def first(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    data = tmp_path / "data"
    add_shop(data, Shop(shop_id=SHOP_ID, name="Five"))
    control = Control(data / "control.sqlite")
    for vendor, public, secrets in KEYS:
        hashes = {name: digest(secret) for name, secret in secrets.items()}
        control.add_key(SHOP_ID, vendor, public=public, hashes=hashes, kept={}, now=0.0)
    control.close()
    with serving(data) as running:
        yield running


def orders(server: Server) -> list[dict[str, Any]]:
    """The orders as the dashboard's page of them tells them."""
    answer = server.get("/orders.json?period=7d", {"Cookie": sign_in(server)})
    tables: dict[str, Any] = answer.json()["tables"]
    rows: list[dict[str, Any]] = tables["orders/list"]["rows"]
    return rows


def test_an_order_of_five_protocols_is_one_whoever_tells_it_first(server: Server, first: str) -> None:
    for name in (first, *(name for name in SENDERS if name != first)):
        SENDERS[name](server)
        SENDERS[name](server)  # a retry is no second order either
    records = server.exported()
    assert sorted(record["vendor"] for record in records) == [
        "exponea",
        "intempt",
        "intempt",
        "rees46",
        "retailrocket",
        "retailrocket",
        "yespo",
    ]
    told = orders(server)
    assert [(order["order_key"], order["lines"], float(order["revenue"])) for order in told] == [
        ("A-1001", 2, 4481.0)
    ]
