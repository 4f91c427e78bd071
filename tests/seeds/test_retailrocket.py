"""Every example of the vendor's tracking documentation, sent to a running server as it is printed there.

The document is "API трекинг пользовательского поведения", http-tracking-api.md: only the host is another.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from collector.control import Control
from collector.reading.credentials import digest
from collector.wire import Shop
from tests.live import sign_in
from tests.server import SHOP_ID, Answer, Server, serving, wait_until

PARTNER, SECRET = "608423a9b126ac6ab3f8f0a5", "608423a104249fa8e9952323"
QUERY = f"?apiKey={SECRET}&partnerId={PARTNER}"
JSON = {"Content-type": "application/json"}
ORIGIN = {"Origin": "https://shop.example"}
STRICT_SHOP, STRICT_PARTNER = "57" * 15, "608423a9b126ac6ab3f8f0a6"
PACKET_SHOP, PACKET_PARTNER = "68" * 15, "608423a9b126ac6ab3f8f0a7"
WHO = {"sessionExternalId": "60842392e4881c65e6c5e423"}
WHEN = {"timestamp": "2018-09-15T15:53:00+00:00"}
SEEN = {"device_id": "60842392e4881c65e6c5e423", "ts": "2018-09-15T15:53:00.000000Z", "ts_source": "client"}
BLOCK = "5994d90bc7d0114fa0a26122"
CONTENT = "568da4f6-7952-49b1-afd3-9ac44d6e78c7"
PHRASE = "подгузник для новорожденных"


def item(item_id: str = "123456", **more: Any) -> dict[str, Any]:
    return {"item_id": item_id, "location_id": "NewYork", **more}


def block(code: str) -> dict[str, str]:
    return {
        "item_list_type": "recommendation",
        "item_list_id": code,
        "recommended_by": "recommendation",
        "recommended_code": code,
    }


GROUP = [item(number, item_group_id="654321", index=index) for index, number in enumerate(("123456", "234567", "345678"))]  # fmt: skip
DEFAULTED = ["quantity_defaulted"]
CURRENCY = {"currency": "USD", "notes": ["currency_defaulted"]}
ORDER = {"is_line": True, "order_key": "135243", "transaction_id": "135243", **CURRENCY}

EXAMPLES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("view", {"productId": 123456, "stockId": "NewYork"}, {"event": "view_item", "items": [item()]}),
    (
        "groupView",
        {"groupId": 654321, "productIds": [123456, 234567, 345678], "stockId": "NewYork"},
        {"event": "view_item", "items": GROUP},
    ),
    (
        "addToBasket",
        {"productId": 123456, "stockId": "NewYork"},
        {"event": "add_to_cart", "items": [item(quantity="1")], "notes": DEFAULTED},
    ),
    (
        "categoryView",
        {"categoryId": 123456},
        {"event": "view_item_list", "item_list_type": "category", "category_id": "123456"},
    ),
    (
        "order",
        {"productId": 123456, "stockId": "NewYork", "quantity": 2, "price": 234, "transaction": "135243"},
        {"event": "purchase", "items": [item(price="234", quantity="2")], **ORDER},
    ),
    (
        "search",
        {"searchPhrase": PHRASE, "stockId": "NewYork"},
        {"event": "search", "search_term": PHRASE, "location_id": "NewYork"},
    ),
    (
        "setContact",
        {
            "contactExternalId": "2342dfgf253454c645346wer3",
            "stockId": "NewYork",
            "email": "example@email.com",
        },
        {
            "event": "identify",
            "user_id": "2342dfgf253454c645346wer3",
            "email": "example@email.com",
            "location_id": "NewYork",
        },
    ),
    ("recomBlockViewed", {"recomBlockId": CONTENT}, {"event": "view_item_list", **block(CONTENT)}),
    (
        "recomTap",
        {"productId": 123456, "stockId": "NewYork", "recomBlockId": BLOCK},
        {"event": "select_item", "items": [item()], **block(BLOCK)},
    ),
    (
        "recomAddToBasket",
        {"productId": 123456, "stockId": "NewYork", "recomBlockId": BLOCK},
        {"event": "add_to_cart", "items": [item(quantity="1")], "notes": DEFAULTED, **block(BLOCK)},
    ),
    (
        "impressionContentViewed",
        {"impressionContentId": CONTENT},
        {"event": "view_promotion", "promotion_id": CONTENT},
    ),
    (
        "impressionContentClicked",
        {"impressionContentId": CONTENT},
        {"event": "select_promotion", "promotion_id": CONTENT},
    ),
]
PACKET: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *EXAMPLES[:2],
    (
        "addToBasket",
        {"productId": 234567, "stockId": "NewYork"},
        {"event": "add_to_cart", "items": [item("234567", quantity="1")], "notes": DEFAULTED},
    ),
    (
        "order",
        {"productId": 234567, "stockId": "NewYork", "quantity": 3, "price": 1321.43, "transaction": "135243"},
        {"event": "purchase", "items": [item("234567", price="1321.43", quantity="3")], **ORDER},
    ),
    EXAMPLES[3],
    ("search", {"searchPhrase": PHRASE}, {"event": "search", "search_term": PHRASE}),
    (
        "recomBlockViewed",
        {"recomBlockId": "34453dffg34534te565"},
        {"event": "view_item_list", **block("34453dffg34534te565")},
    ),
    (
        "recomTap",
        {"recomBlockId": "34453dffg34534te55", "productId": 123},
        {"event": "select_item", "items": [{"item_id": "123"}], **block("34453dffg34534te55")},
    ),
    (
        "recomAddToBasket",
        {"recomBlockId": "34453dffg34534te54", "productId": 123},
        {
            "event": "add_to_cart",
            "items": [{"item_id": "123", "quantity": "1"}],
            "notes": DEFAULTED,
            **block("34453dffg34534te54"),
        },
    ),
    *EXAMPLES[-2:],
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("seed") / "data"
    with serving(data, shop=Shop(shop_id=SHOP_ID, name="Demo", currency="USD")) as running:
        control = Control(data / "control.sqlite")
        control.add(Shop(shop_id=STRICT_SHOP, options={"retailrocket.strict": "on"}))
        control.add(Shop(shop_id=PACKET_SHOP, currency="USD"))
        partners = {SHOP_ID: PARTNER, PACKET_SHOP: PACKET_PARTNER, STRICT_SHOP: STRICT_PARTNER}
        for shop, partner in partners.items():
            hashes = {"api_key": digest(SECRET)}
            control.add_key(
                shop, "retailrocket", public={"partner_id": partner}, hashes=hashes, kept={}, now=1.0
            )
        control.close()
        wait_until(lambda: running.get(f"/1.0/event/initialize/{STRICT_PARTNER}").status == 200)
        yield running


def exported(server: Server, method: str, body: bytes) -> list[dict[str, Any]]:
    """Canonical records of the requests with this method and body."""
    sent = (f"/1.0/{method}", body.decode())
    found = [one for one in server.exported() if (one["raw"]["path"], one["raw"]["body"]) == sent]
    assert {(record["vendor"], record["raw"]["query"]) for record in found} == {
        ("retailrocket", f"partnerId={PARTNER}")
    }
    return found


def shown(record: Mapping[str, Any]) -> dict[str, Any]:
    unshown = {
        "shop_id",
        "vendor",
        "endpoint",
        "request_id",
        "received_at",
        "event_id",
        "seq",
        "pointer",
        "raw",
    }
    return {
        name: value for name, value in record.items() if name not in unshown and value not in ({}, [], False)
    }


@pytest.mark.parametrize(("method", "fields", "expected"), EXAMPLES, ids=[method for method, *_ in EXAMPLES])
def test_an_example_is_taken_and_becomes_its_record(
    server: Server, method: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = json.dumps({**WHO, **fields, **WHEN}, ensure_ascii=False, indent=3).encode()
    answer = server.request("POST", f"/1.0/{method}{QUERY}", body, JSON)
    assert (answer.status, answer.body) == (200, b"{}")
    (record,) = exported(server, method, body)
    assert shown(record) == {"vendor_event": method, **SEEN, **expected}
    assert record["endpoint"] == "rr.api"


def test_the_example_of_a_packet_is_taken_and_becomes_eleven_records_in_their_order(server: Server) -> None:
    packet = [{method: {**WHO, **fields, **WHEN}} for method, fields, _ in PACKET]
    body = json.dumps(packet, ensure_ascii=False, indent=4).encode()
    path = f"/1.0/visitorEvents?apiKey={SECRET}&partnerId={PACKET_PARTNER}"
    answer = server.request("POST", path, body, JSON)
    assert (answer.status, answer.body) == (200, b"{}")
    records = server.exported(PACKET_SHOP)
    assert [(record["endpoint"], record["seq"]) for record in records] == [
        ("rr.batch", seq) for seq in range(11)
    ]
    assert [shown(record) for record in records] == [
        {"vendor_event": method, **SEEN, **expected} for method, _, expected in PACKET
    ]


# ---- documented answers


def post(server: Server, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return server.request("POST", path, body, {**JSON, **(headers or {})})


VIEW = json.dumps({**WHO, "productId": 9, **WHEN}).encode()


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        (f"/1.0/view?apiKey=wrong&partnerId={PARTNER}", VIEW, 401, {"error": "auth_invalid"}),
        (f"/1.0/view?partnerId={PARTNER}", VIEW, 401, {"error": "auth_missing"}),
        (f"/1.0/view{QUERY}", b"{", 400, {"error": "json_malformed"}),
        (f"/1.0/view{QUERY}", b"", 400, {"error": "body_empty"}),
        (f"/1.0/nothing{QUERY}", VIEW, 404, {"error": "path_unknown"}),
        ("/1.0/view/deeper", VIEW, 404, {"error": "path_unknown"}),
        (f"/1.0/view{QUERY}", b" " * (8 * 1024 * 1024 + 1), 413, {"error": "body_too_large"}),
        (
            f"/1.0/view?apiKey={SECRET}&partnerId={STRICT_PARTNER}",
            b'{"productId":1}',
            400,
            {"error": "identity_missing"},
        ),
    ],
)
def test_a_refusal_has_the_documented_status_and_may_be_read_by_a_page(
    server: Server, path: str, body: bytes, status: int, error: dict[str, str]
) -> None:
    answer = post(server, path, body, ORIGIN)
    assert (answer.status, answer.json()) == (status, error)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "set-cookie" not in answer.headers


def test_no_key_is_in_any_file_or_line_of_output(server: Server) -> None:
    post(server, f"/1.0/view{QUERY}", b'{"apiKey":"' + SECRET.encode() + b'"}')
    post(server, f"/1.0/nothing{QUERY}", b'{"apiKey":"' + SECRET.encode() + b'"}')
    post(server, f"/1.0/view{QUERY}", b'{"apiKey":"' + SECRET.encode() + b'"')
    server.exported()
    kept = b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    assert PARTNER.encode() in kept
    assert SECRET.encode() not in kept + server.said().encode()


@pytest.mark.parametrize(
    ("path", "headers", "packed"),
    [
        (f"/1.0/recomTap/{QUERY}", {}, False),
        (f"//1.0//recomTap{QUERY}", {"Content-Type": "text/plain"}, False),
        (f"/1.0/RECOMTAP?&more=[1]&partnerid={PARTNER}&&APIKEY={SECRET}", {}, False),
        (f"/1.0/recomTap{QUERY}", {"Content-Encoding": "gzip"}, True),
    ],
)
def test_a_call_written_otherwise_is_the_same_event_and_is_never_redirected(
    server: Server, path: str, headers: dict[str, str], packed: bool
) -> None:
    body = json.dumps({**WHO, "productId": -7, "recomBlockId": BLOCK, **WHEN}).encode()
    answer = post(server, path, gzip.compress(body) if packed else body, headers)
    assert (answer.status, answer.body) == (200, b"{}")
    found = [record for record in server.exported() if record.get("items") == [{"item_id": "-7"}]]
    assert len(found) == 1


# ---- the browser code's calls


def test_the_browser_code_starts_and_every_answer_may_be_read_with_credentials(server: Server) -> None:
    ask = f"/1.0/event/initialize/{PARTNER}?&_nocache=17513640001110.5"
    session = server.get(ask, ORIGIN).json()["sessionId"]
    assert server.get(f"/1.0/event/initialize/{PARTNER}?&session={session}", ORIGIN).json() == {
        "sessionId": session
    }
    calls = [
        f"/1.0/event/view/{PARTNER}/31?&session={session}&pvid=1",
        f"/1.0/event/view/{PARTNER}?&session={session}",
        f"/1.0/timing?partnerId={PARTNER}",
        "/1.0/event/view/unknown/31",
    ]
    answers = [server.get(call, ORIGIN) for call in calls]
    assert [(one.status, one.body) for one in answers] == [
        (200, b"{}"),
        (200, b"{}"),
        (200, b"{}"),
        (404, b'{"error":"shop_unknown"}'),
    ]
    assert {one.headers["access-control-allow-origin"] for one in answers} == {"https://shop.example"}
    assert {one.headers["access-control-allow-credentials"] for one in answers} == {"true"}
    (seen,) = [record for record in server.exported() if record.get("device_id") == session]
    assert (seen["event"], seen["endpoint"], seen["items"]) == ("view_item", "rr.web", [{"item_id": "31"}])


def test_a_preflight_lets_the_browser_post_its_group_view(server: Server) -> None:
    headers = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = server.request("OPTIONS", f"/1.0/event/groupView/{PARTNER}", headers=headers)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-headers"] == "content-type"


# ---- one order


def test_an_order_told_in_lines_over_both_surfaces_and_again_is_one_order(server: Server) -> None:
    """The worked order of docs/wire/canonical.md §14: two lines, 4481, whoever tells it how often."""
    lines = [
        {**WHO, "productId": 123456, "price": 1990.50, "quantity": 2, "transaction": "A-1001"},
        {**WHO, "productId": 234567, "price": 500, "quantity": 1, "transaction": "A-1001"},
    ]
    first = post(server, f"/1.0/order{QUERY}", json.dumps(lines[0]).encode())
    second = post(
        server, f"/1.0/visitorEvents{QUERY}", json.dumps([{"order": line} for line in lines]).encode()
    )
    assert (first.json(), second.json()) == ({}, {})
    for line in lines:
        shown_again = f"?session=5fa1&qnt={line['quantity']}&price={line['price']}&transaction=A-1001"
        for _ in range(2):
            told = server.get(f"/1.0/event/order/{PARTNER}/{line['productId']}{shown_again}")
            assert (told.status, told.body) == (200, b"{}")
    rows = [record for record in server.exported() if record.get("order_key") == "A-1001"]
    assert sorted((row["endpoint"], row["items"][0]["item_id"]) for row in rows) == [
        ("rr.api", "123456"),
        ("rr.batch", "234567"),
        ("rr.web", "123456"),
        ("rr.web", "234567"),
    ]
    cookie = {"Cookie": sign_in(server)}

    def orders() -> list[tuple[str, float, int]]:
        found = server.get(f"/orders.json?shop={SHOP_ID}", cookie).json()["tables"]["orders/list"]["rows"]
        return [
            (row["order_key"], float(row["revenue"]), row["lines"])
            for row in found
            if row["order_key"] == "A-1001"
        ]

    wait_until(lambda: orders() == [("A-1001", 4481.0, 2)], why=lambda: str(orders()))
