"""Yespo as a destination: recorded cases, raw requests passed on, the test call, and its promises."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given as drawn

from collector.destinations.contract import Answer, Judgement, Limits, RawRequest, Request
from collector.destinations.yespo import DESTINATION
from collector.event import Event
from tests.adapters.judging import examples
from tests.destinations import canonical_events as made
from tests.destinations.cases_runner import RECEIVED_AT, cases, expected, options_of, play
from tests.destinations.promises import mapped, requests

CASES = cases("yespo")
JSON = "application/json"
KEY = {"api_key": "K-1"}
AUTHORIZATION = "Basic " + base64.b64encode(b"collector:K-1").decode()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_event_becomes_the_documented_request(case: Mapping[str, Any]) -> None:
    assert play(case) == expected(case)


def test_there_is_a_case_for_every_row() -> None:
    assert len(CASES) >= 60


@examples(300)
@drawn(made.events(anything=True))
def test_any_event_is_deliverable_or_not_with_known_codes_and_shows_no_secret(event: Event) -> None:
    requests(DESTINATION, [mapped(DESTINATION, event)])


def test_the_key_is_the_password_and_stands_among_the_secrets_alone() -> None:
    event = Event(
        event="page_view", event_id="e", ts=RECEIVED_AT, user_id="u", page_url="https://shop.example/"
    )
    options = options_of(DESTINATION)
    made_of = mapped(DESTINATION, event)
    sent = DESTINATION.pack(getattr(made_of, "commands"), options, KEY)  # noqa: B009
    assert isinstance(sent, Request)
    assert sent.secret_headers == {"Authorization": AUTHORIZATION}
    assert (sent.headers, sent.secret_query) == ({"Content-Type": JSON}, {})


# ---- raw requests


def raw(
    path: str, body: bytes = b"{}", query: str = "", method: str = "POST", content_type: str = JSON
) -> RawRequest:
    return RawRequest(method=method, path=path, query=query, content_type=content_type, body=body)


def passed_on(given: RawRequest) -> Request | None:
    options = options_of(DESTINATION)
    command = DESTINATION.relay(given, options)
    if command is None:
        return None
    packed = DESTINATION.pack([command], options, KEY)
    assert isinstance(packed, Request)
    return packed


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/{version}/{name}" for version in ("v1", "v2", "v3") for name in ("event", "orders")),
        "/api/v1/contact",
        "/api/v1/contacts",
    ],
)
def test_a_raw_request_goes_on_with_nothing_but_host_and_key_exchanged(path: str) -> None:
    body = b'{"eventTypeKey":"x","params":[{"name":"price","value":1.50}]}'
    assert passed_on(raw(path, body)) == Request(
        url=f"https://yespo.io{path}",
        headers={"Content-Type": JSON},
        body=body,
        secret_headers={"Authorization": AUTHORIZATION},
    )


def test_the_tracker_of_a_page_is_passed_on_to_the_tracker_without_a_key() -> None:
    body = b'{"GeneralInfo":{"eventName":"MainPage","siteId":"st-1"}}'
    assert passed_on(raw("/api//v2/", body, query="?a=%20", content_type="text/plain")) == Request(
        url="https://tracker.yespo.io/api/v2?a=%20", headers={"Content-Type": "text/plain"}, body=body
    )


@pytest.mark.parametrize("body", [b"\xff\xfe{", '{"search":"чайник"}'.encode(), b'"\\u0000"'])
def test_bytes_go_on_as_they_came(body: bytes) -> None:
    sent = passed_on(raw("/api/v2/event", body, content_type=""))
    assert sent is not None
    assert (sent.body, sent.headers) == (body, {"Content-Type": JSON})


@pytest.mark.parametrize(
    "given",
    [
        raw("/api/v1/version", method="GET", body=b""),
        raw("/api/v1/account/info"),
        raw("/api/v2/contact"),
        raw("/api/v4/event"),
        raw("/api/v2/event/../admin"),
        raw("/api/v2/event", method="GET"),
        raw("/api/v2/event", body=b""),
        raw("/api/v2/event", b'{"apiKey":"[redacted]"}'),
    ],
    ids=lambda given: f"{given.method} {given.path} {given.body.decode()}",
)
def test_what_the_vendor_has_no_such_request_for_is_not_passed_on(given: RawRequest) -> None:
    assert passed_on(given) is None


# ---- the test call, limits and time


def test_the_test_call_asks_for_the_account_and_changes_nothing() -> None:
    options = options_of(DESTINATION, {"base_url": "https://esputnik.com/"})
    assert DESTINATION.probe(options, KEY) == Request(
        method="GET",
        url="https://esputnik.com/api/v1/account/info",
        secret_headers={"Authorization": AUTHORIZATION},
    )


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "delivered"), (401, "auth"), (403, "auth"), (404, "config"), (400, "rejected"), (500, "retry")],
)
def test_the_test_call_tells_a_wrong_key_from_a_wrong_address(status: int, verdict: str) -> None:
    found = DESTINATION.probed(Answer(status=status))
    assert found == Judgement(verdict=verdict, text=str(status))  # type: ignore[arg-type]


@pytest.mark.parametrize(("rate", "meant"), [(0, 10.0), (3, 3.0)])
def test_a_hundred_orders_share_a_request_and_ten_requests_a_second(rate: int, meant: float) -> None:
    found = DESTINATION.limits(options_of(DESTINATION, {"rate": rate}))
    assert found == Limits(commands=100, lanes=4, rate=meant)


def test_events_never_share_a_request() -> None:
    event = Event(
        event="page_view", event_id="e", ts=RECEIVED_AT, user_id="u", page_url="https://shop.example/"
    )
    again = Event(
        event="page_view", event_id="f", ts=RECEIVED_AT, user_id="u", page_url="https://shop.example/"
    )
    assert len(requests(DESTINATION, [mapped(DESTINATION, one) for one in (event, again)])) == 2


@pytest.mark.parametrize("name", made.NAMES)
def test_all_but_orders_and_contacts_happen_when_they_are_told(name: Any) -> None:
    event = Event(event=name, event_id="e", ts=RECEIVED_AT)
    timed = name in ("purchase", "order_status", "refund", "identify")
    assert DESTINATION.timeless(event, options_of(DESTINATION)) is not timed
