"""Rows of the validation table that the application decides, over real HTTP, lenient and strict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from collector.wire import Shop
from tests.server import SHOP_ID, Answer, Server, add_shop, serving

STRICT = "47" * 15
SLOW = "48" * 15
SLOW_STRICT = "49" * 15
MODES = pytest.mark.parametrize("shop", [SHOP_ID, STRICT], ids=["lenient", "strict"])
SUCCESS = {"status": "success"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("validation") / "data"
    for shop in (
        Shop(shop_id=STRICT, strict=True),
        Shop(shop_id=SLOW, rate_limit=1),
        Shop(shop_id=SLOW_STRICT, rate_limit=1, strict=True),
    ):
        add_shop(data, shop)
    with serving(data, shop=Shop(shop_id=SHOP_ID)) as running:
        yield running


def view(shop: str, did: str = "AH5aEvmlqn") -> dict[str, Any]:
    return {"event": "view", "shop_id": shop, "did": did, "sid": "cIxzHQJbUo", "items": [{"id": 37}]}


def said(answer: Answer) -> tuple[int, str, str]:
    """Status, verdict, and the code in the body of an error."""
    return answer.status, answer.verdict, answer.json().get("payload", {}).get("code", "")


@MODES
@pytest.mark.parametrize("path", ["/push", "/push/custom", "/profile/set", "/collect"])
def test_v01_a_wrong_method_is_405_in_both_modes(server: Server, path: str, shop: str) -> None:
    answer = server.get(f"{path}?shop_id={shop}&event=view&did=AH5aEvmlqn")
    assert said(answer) == (405, "rejected; codes=method_not_allowed", "method_not_allowed")
    assert answer.headers["allow"] == "POST, OPTIONS"


@MODES
def test_v07_a_body_too_large_is_413_in_both_modes(server: Server, shop: str) -> None:
    batch = {"shop_id": shop, "events": [{"call": ["track", "view", "x" * 600_000]}]}
    told = (413, "rejected; codes=body_too_large", "body_too_large")
    assert said(server.post("/collect", batch)) == told
    assert said(server.post("/push", b" " * (8 * 1024 * 1024 + 1))) == told


@pytest.mark.parametrize("shop", [SLOW, SLOW_STRICT], ids=["lenient", "strict"])
def test_v07_more_requests_than_allowed_are_429_in_both_modes(server: Server, shop: str) -> None:
    batch = {"shop_id": shop, "did": "AH5aEvmlqn", "sid": "s1", "sent": 2}
    entries = [{"eid": f"Ev{index:018d}", "t": 1, "call": ["track", "view", 37]} for index in range(12)]
    answers = [server.post("/collect", {**batch, "events": [entry]}) for entry in entries]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert {said(answer) for answer in refused} == {(429, "rejected; codes=rate_limited", "rate_limited")}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    kept = [answer for answer in answers if answer.status == 200]
    assert len(server.exported(shop)) == len(kept) == len(answers) - len(refused)


def test_v11_a_device_never_seen_is_made_by_its_first_event(server: Server) -> None:
    answer = server.post("/push", view(SHOP_ID, "NeverSeen1"))
    assert (answer.status, answer.json()) == (200, SUCCESS)
    assert [one["event"] for one in server.exported() if one.get("device_id") == "NeverSeen1"] == [
        "view_item"
    ]


def test_v11_a_strict_shop_refuses_a_device_that_nobody_made(server: Server) -> None:
    refused = server.post("/push", view(STRICT, "NeverSeen2"))
    assert said(refused) == (404, "rejected; codes=device_new", "device_new")
    entry = {"eid": "Ev00000000000000000A", "call": ["track", "view", 37]}
    made = server.post("/collect", {"shop_id": STRICT, "did": "NeverSeen3", "sid": "s1", "events": [entry]})
    assert made.json() == {"status": "success", "accepted": 1, "results": made.json()["results"]}
    assert server.get(f"/init?shop_id={STRICT}&did=NeverSeen4&sid=s1").json()["did"] == "NeverSeen4"
    known = [server.post("/push", view(STRICT, did)).status for did in ("NeverSeen3", "NeverSeen4")]
    assert known == [200, 200]


@MODES
def test_v52_an_order_again_is_a_duplicate_and_with_other_content_a_new_version_in_both_modes(
    server: Server, shop: str
) -> None:
    server.get(f"/init?shop_id={shop}&did=Buyer12345&sid=s1")
    line = {"id": 1, "price": 10, "quantity": 1}
    order = {
        **view(shop, "Buyer12345"),
        "event": "purchase",
        "order_id": "V52",
        "order_price": 10,
        "items": [line],
    }
    answers = [server.post("/push", order), server.post("/push", order)]
    answers.append(server.post("/push", {**order, "order_price": 20}))
    verdicts = [answer.verdict for answer in answers]
    assert [answer.json() for answer in answers] == [SUCCESS] * 3
    assert verdicts == [
        "accepted; codes=currency_defaulted",
        "duplicate",
        "accepted; codes=currency_defaulted",
    ]
    versions = [one for one in server.exported(shop) if one.get("transaction_id") == "V52"]
    assert [(one["value"], one.get("notes")) for one in versions] == [
        ("10", ["currency_defaulted"]),
        ("20", ["currency_defaulted", "order_changed"]),
    ]


@pytest.mark.parametrize("origin", ["https://shop.example", "null"])
@pytest.mark.parametrize("status", [200, 404])
def test_quirk_40_any_origin_is_echoed_with_credentials_also_null(
    server: Server, origin: str, status: int
) -> None:
    shop = SHOP_ID if status == 200 else "nobody"
    answer = server.post("/push", view(shop), {"Origin": origin})
    names = ("access-control-allow-origin", "access-control-allow-credentials", "vary")
    assert answer.status == status
    assert [answer.headers[name] for name in names] == [origin, "true", "Origin"]


def test_quirk_38_an_error_in_strict_mode_is_no_reason_to_come_again(server: Server) -> None:
    answer = server.post("/push", json.dumps({**view(STRICT), "items": []}).encode())
    assert answer.status == 422
    assert "retry-after" not in answer.headers
