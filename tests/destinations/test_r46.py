"""REES46 as a destination: recorded cases, raw requests passed on, and the test call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from collector.destinations.contract import Answer, Judgement, Limits, RawRequest, Request, Secrets
from collector.destinations.r46 import DESTINATION
from tests.destinations.cases_runner import cases, expected, options_of, play

CASES = cases("r46")
SHOP = "f" * 30
NO_SECRETS: Secrets = {}
JSON = "application/json"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_event_becomes_the_documented_request(case: Mapping[str, Any]) -> None:
    assert play(case) == expected(case)


def test_there_is_a_case_for_every_row() -> None:
    assert len(CASES) >= 60


def raw(
    path: str, body: bytes = b"", query: str = "", method: str = "POST", content_type: str = JSON
) -> RawRequest:
    return RawRequest(method=method, path=path, query=query, content_type=content_type, body=body)


def passed_on(given: RawRequest) -> Request | None:
    options = options_of(DESTINATION, {"shop_id": SHOP})
    command = DESTINATION.relay(given, options)
    if command is None:
        return None
    packed = DESTINATION.pack([command], options, NO_SECRETS)
    assert isinstance(packed, Request)
    return packed


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (
            raw("/push", b'{"event":"view","shop_id":"ours","items":[{"id":37.0,"price":1.50}]}'),
            Request(
                url="https://api.rees46.ru/push",
                headers={"Content-Type": JSON},
                body=b'{"event":"view","shop_id":"' + SHOP.encode() + b'","items":[{"id":37.0,"price":1.50}]}',
            ),
        ),
        (
            raw("/push/custom", b'{"event":"x"}', query="shop_id=ours&stream=a%20b", content_type="text/plain"),
            Request(
                url=f"https://api.rees46.ru/push/custom?shop_id={SHOP}&stream=a%20b",
                headers={"Content-Type": "text/plain"},
                body=b'{"event":"x"}',
            ),
        ),
        (
            raw("/push", b"event=view&item_id%5B0%5D=37&shop_id=ours&ssid=5f0c", content_type=""),
            Request(
                url="https://api.rees46.ru/push",
                body=f"event=view&item_id%5B0%5D=37&shop_id={SHOP}&ssid=5f0c".encode(),
            ),
        ),
        (
            raw("/track/clicked", b'{"shop_id":"ours","type":"bulk","code":"m1"}'),
            Request(
                url="https://api.rees46.ru/track/clicked",
                headers={"Content-Type": JSON},
                body=f'{{"shop_id":"{SHOP}","type":"bulk","code":"m1"}}'.encode(),
            ),
        ),
    ],
    ids=["json", "query", "form", "message"],
)  # fmt: skip
def test_a_raw_request_goes_on_with_nothing_but_host_and_shop_exchanged(
    given: RawRequest, meant: Request
) -> None:
    assert passed_on(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        raw("/collect", b'{"shop_id":"ours","events":[]}'),
        raw("/pixel.gif", query="shop_id=ours&event=view&id=1", method="GET"),
        raw("/push", query="shop_id=ours&event=view", method="GET"),
        raw("/init", query="shop_id=ours", method="GET"),
        raw("/sync/orders", b'{"shop_id":"ours","shop_secret":"[redacted]"}'),
        raw("/push", b'{"shop_id":"ours","shop_secret":"[redacted]","event":"view"}'),
        raw("/push", b"shop_id=ours&shop_secret=%5Bredacted%5D"),
        raw("/push", b'{"event":"view"}'),
        raw("/push", b'{"shop_id":"ours"'),
        raw("/push", b"[1]", query="shop_id=ours"),
        raw("/push", b"--b\r\nshop_id", query="shop_id=ours"),
        raw("/push/../admin", b'{"shop_id":"ours"}'),
    ],
    ids=lambda given: f"{given.method} {given.path} {given.body.decode()[:40]}",
)
def test_what_the_vendor_has_no_such_request_for_is_not_passed_on(given: RawRequest) -> None:
    assert passed_on(given) is None


def test_bytes_that_are_no_text_go_on_as_they_came() -> None:
    sent = passed_on(raw("/push", b"event=search&search_query=\xe0\xe1&shop_id=ours", content_type=""))
    assert sent is not None
    assert sent.body == b"event=search&search_query=\xe0\xe1&shop_id=" + SHOP.encode()


def test_the_test_call_reads_and_stores_nothing() -> None:
    options = options_of(DESTINATION, {"shop_id": "a&b", "base_url": "https://api.example/"})
    assert DESTINATION.probe(options, NO_SECRETS) == Request(
        method="GET", url="https://api.example/nps/categories?shop_id=a%26b"
    )


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(200, "delivered"), (401, "auth"), (403, "auth"), (404, "config"), (422, "auth"), (500, "retry")],
)
def test_the_test_call_tells_a_wrong_shop_from_a_wrong_address(answer: int, verdict: str) -> None:
    found = DESTINATION.probed(Answer(status=answer))
    assert found == Judgement(verdict=verdict, text=str(answer))  # type: ignore[arg-type]


def test_events_go_one_by_one_as_fast_as_the_shop_allows() -> None:
    assert DESTINATION.limits(options_of(DESTINATION, {"rate": 20})) == Limits(commands=1, lanes=4, rate=20.0)
