"""Retail Rocket as a destination: recorded cases, raw requests passed on, secrets and the test call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from collector.destinations.contract import Answer, Deliverable, Limits, RawRequest, Request
from collector.destinations.retailrocket import DESTINATION
from tests.destinations.cases_runner import cases, context_of, event_of, expected, options_of, packed, play

CASES = cases("retailrocket")
GIVEN = {"partner_id": "p 9"}
SECRETS = {"api_key": "hush"}
JSON = "application/json"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_event_becomes_the_documented_request(case: Mapping[str, Any]) -> None:
    assert play(case) == expected(case)


def test_there_is_a_case_for_every_row() -> None:
    assert len(CASES) >= 60


def raw(path: str, body: bytes = b"", query: str = "", method: str = "POST") -> RawRequest:
    return RawRequest(method=method, path=path, query=query, content_type=JSON if body else "", body=body)


def passed_on(given: RawRequest) -> Request | None:
    options = options_of(DESTINATION, GIVEN)
    command = DESTINATION.relay(given, options)
    if command is None:
        return None
    sent = DESTINATION.pack([command], options, SECRETS)
    assert isinstance(sent, Request)
    return sent


def test_a_call_of_the_server_goes_on_with_key_and_partner_put_back() -> None:
    body = b'{"sessionExternalId":"d","productId":9007199254740993,"price":1.50}'
    assert passed_on(raw("/1.0/order", body, query="?&partnerId=ours&link=card,1")) == Request(
        url="https://apptracking.retailrocket.net/1.0/order?partnerId=p%209&link=card,1",
        headers={"Content-Type": JSON},
        body=body,
        secret_query={"apiKey": "hush"},
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (
            raw("/1.0/event/view/ours/123456", query="&session=5fa1&pageUrl=https%3A%2F%2Fs.example", method="GET"),
            Request(
                method="GET",
                url="https://tracking.retailrocket.net/1.0/event/view/p%209/123456"
                "?&session=5fa1&pageUrl=https%3A%2F%2Fs.example",
            ),
        ),
        (
            raw("/1.0/event/view/ours/a%2Fб 100%", method="GET"),
            Request(
                method="GET",
                url="https://tracking.retailrocket.net/1.0/event/view/p%209/a%2F%D0%B1%20100%25",
            ),
        ),
        (
            raw("/1.0/event/groupView/ours", b'{"productIds":[1,2]}', query="session=5fa1"),
            Request(
                url="https://tracking.retailrocket.net/1.0/event/groupView/p%209?session=5fa1",
                headers={"Content-Type": JSON},
                body=b'{"productIds":[1,2]}',
            ),
        ),
        (
            raw("/1.0/partner/ours/subscribe/pricedrop", query="items[0].ItemId=55", method="GET"),
            Request(
                method="GET",
                url="https://tracking.retailrocket.net/1.0/partner/p%209/subscribe/pricedrop?items[0].ItemId=55",
            ),
        ),
    ],
    ids=["view", "odd id", "posted", "subscription"],
)  # fmt: skip
def test_a_call_of_the_browser_code_goes_to_its_own_address(given: RawRequest, meant: Request) -> None:
    assert passed_on(given) == meant


def test_a_raw_call_shares_a_request_with_no_other() -> None:
    given = raw("/1.0/event/view/ours/5", query="session=5fa1", method="GET")
    command = DESTINATION.relay(given, options_of(DESTINATION, GIVEN))
    assert command is not None
    assert command.alone


@pytest.mark.parametrize(
    "given",
    [
        raw("/1.0/view", query="partnerId=ours", method="GET"),
        raw("/1.0/view"),
        raw("/1.0/event/webpushsubscription/ours", b"{}"),
        raw("/1.0/event/WebPushSubscription/ours", b"{}"),
        raw("/1.0/view", b'{"productId":1,"note":"[redacted]"}'),
        raw("/api/1.0/partner/ours/products/5", b"{}"),
        raw("/1.0/event/view/ours/5", method="DELETE"),
        raw("/1.0/event/view/ours/..", method="GET"),
        raw("/1.0/event/view/ours/a%2F..%2Fb", method="GET"),
        raw("/push", b"{}"),
    ],
    ids=lambda given: f"{given.method} {given.path} {given.body.decode()}",
)
def test_what_is_no_call_or_not_whole_is_not_passed_on(given: RawRequest) -> None:
    assert passed_on(given) is None


def test_the_key_stands_in_nothing_that_is_shown() -> None:
    options = options_of(DESTINATION, GIVEN)
    made = DESTINATION.map(
        event_of({"event": "search", "search_term": "a", "device_id": "d"}), context_of({}, options)
    )
    assert isinstance(made, Deliverable)
    ((_, sent),) = packed(DESTINATION, made.commands, options, {"api_key": "s3cret"})
    assert isinstance(sent, Request)
    assert sent.secret_query == {"apiKey": "s3cret"}
    assert "s3cret" not in repr(sent)
    assert b"s3cret" not in sent.body


def test_the_test_call_is_a_packet_of_nothing() -> None:
    assert DESTINATION.probe(options_of(DESTINATION, GIVEN), SECRETS) == Request(
        url="https://apptracking.retailrocket.net/1.0/visitorEvents?partnerId=p%209",
        headers={"Content-Type": JSON},
        body=b"[]",
        secret_query={"apiKey": "hush"},
    )


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(200, "delivered"), (401, "auth"), (403, "auth"), (404, "config"), (400, "rejected")],
)
def test_the_test_call_tells_a_wrong_key_from_a_wrong_address(answer: int, verdict: str) -> None:
    assert DESTINATION.probed(Answer(status=answer)).verdict == verdict


def test_a_shop_stays_below_the_vendor_s_limit() -> None:
    usual = DESTINATION.limits(options_of(DESTINATION, GIVEN))
    assert usual == Limits(commands=100, bytes=256 * 1024, lanes=8, rate=45.0)
    chosen = {**GIVEN, "rate": 5, "lanes": 2, "batch_events": 10, "batch_kib": 16}
    assert DESTINATION.limits(options_of(DESTINATION, chosen)) == Limits(
        commands=10, bytes=16 * 1024, lanes=2, rate=5.0
    )
