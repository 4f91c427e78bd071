"""Intempt as a destination: recorded cases, raw requests passed on, the test call, and its promises."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given as drawn

from collector.destinations.contract import Answer, Deliverable, Judgement, Limits, RawRequest, Request
from collector.destinations.intempt import DESTINATION
from collector.event import DecimalText, Event, Item
from tests.adapters.judging import examples
from tests.destinations import canonical_events as made
from tests.destinations.cases_runner import RECEIVED_AT, cases, expected, options_of, play
from tests.destinations.promises import mapped, requests

CASES = cases("intempt")
JSON = "application/json"
KEY = {"api_key": "pre.K-1.x"}
AUTHORIZATION = "Basic " + base64.b64encode(b"pre:K-1.x").decode()
PLACE = {"org": "acme inc", "project": "web", "source": "1001"}
TRACK = "https://api.intempt.com/v1/acme%20inc/projects/web/sources/1001/track"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_event_becomes_the_documented_request(case: Mapping[str, Any]) -> None:
    assert play(case) == expected(case)


def test_there_is_a_case_for_every_row() -> None:
    assert len(CASES) >= 60


@examples(300)
@drawn(made.events(anything=True))
def test_any_event_is_deliverable_or_not_with_known_codes_and_shows_no_secret(event: Event) -> None:
    requests(DESTINATION, [mapped(DESTINATION, event, PLACE)], PLACE)


def test_the_key_is_user_and_password_and_stands_among_the_secrets_alone() -> None:
    sent = DESTINATION.probe(options_of(DESTINATION, PLACE), KEY)
    assert isinstance(sent, Request)
    assert sent.secret_headers == {"Authorization": AUTHORIZATION}
    assert (sent.headers, sent.secret_query) == ({"Content-Type": JSON}, {})


# ---- batches


def test_fifty_payloads_are_a_request_and_one_request_goes_at_a_time() -> None:
    assert DESTINATION.limits(options_of(DESTINATION, PLACE)) == Limits(commands=50, lanes=1)


def test_an_order_of_more_lines_than_a_request_takes_is_one_order_all_the_same() -> None:
    lines = tuple(
        Item(item_id=str(place), price=DecimalText("1.1"), quantity=DecimalText("1")) for place in range(60)
    )
    order = Event(
        event="purchase",
        event_id="01a1fd57-baac-7000-8000-000000000000",
        ts=RECEIVED_AT,
        user_id="u",
        transaction_id="A-1",
        items=lines,
    )
    made_of = mapped(DESTINATION, order, PLACE)
    assert isinstance(made_of, Deliverable)
    entries = [json.loads(one.body)["track"] for one in requests(DESTINATION, [made_of], PLACE)]
    assert [[len(entry["payload"]) for entry in track] for track in entries] == [[50], [10]]
    payloads = [one for track in entries for entry in track for one in entry["payload"]]
    assert {one["data"]["orderId"] for one in payloads} == {"A-1"}
    assert len({one["eventId"] for one in payloads}) == 60


# ---- raw requests


def raw(
    path: str, body: bytes = b'{"track":[]}', query: str = "", method: str = "POST", content_type: str = JSON
) -> RawRequest:
    return RawRequest(method=method, path=path, query=query, content_type=content_type, body=body)


def passed_on(given: RawRequest) -> Request | None:
    options = options_of(DESTINATION, PLACE)
    command = DESTINATION.relay(given, options)
    if command is None:
        return None
    packed = DESTINATION.pack([command], options, KEY)
    assert isinstance(packed, Request)
    return packed


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/acme inc/projects/web/sources/7/track", "/v1/acme%20inc/projects/web/sources/7/track"),
        (
            "/v1/acme%20inc/projects/web/sources/a%2Fb/track/",
            "/v1/acme%20inc/projects/web/sources/a%2Fb/track",
        ),
        ("//v1/acme inc/projects/web/track", "/v1/acme%20inc/projects/web/track"),
        ("/v1/acme inc/projects/web/consents/data", "/v1/acme%20inc/projects/web/consents/data"),
    ],
)
def test_a_raw_request_goes_on_with_nothing_but_host_and_key_exchanged(path: str, meant: str) -> None:
    body = b'{"track":[{"name":"Product viewed","payload":[{"eventId":1.0,"userId":9007199254740993}]}]}'
    assert passed_on(raw(path, body, query="v=1")) == Request(
        url=f"https://api.intempt.com{meant}?v=1",
        headers={"Content-Type": JSON},
        body=body,
        secret_headers={"Authorization": AUTHORIZATION},
    )


@pytest.mark.parametrize(
    "given",
    [
        raw("/v1/acme/projects/web/track"),
        raw("/v1/acme inc/projects/app/track"),
        raw("/v1/acme inc/projects/web/feeds/7/data"),
        raw("/v1/acme inc/projects/web/optimization/choose-api"),
        raw("/v1/acme inc/projects/web/sources/7/../track"),
        raw("/v1/acme inc/projects/web/track", method="GET"),
        raw("/v1/acme inc/projects/web/track", body=b""),
        raw("/v1/acme inc/projects/web/track", b'{"track":[],"apiKey":"[redacted]"}'),
    ],
    ids=lambda given: f"{given.method} {given.path} {given.body.decode()}",
)
def test_another_project_and_what_only_reads_are_not_passed_on(given: RawRequest) -> None:
    assert passed_on(given) is None


def test_a_request_passed_on_shares_a_request_with_nothing() -> None:
    given = raw("/v1/acme inc/projects/web/track")
    command = DESTINATION.relay(given, options_of(DESTINATION, PLACE))
    assert command is not None
    assert command.alone


# ---- the test call and time


def test_the_test_call_is_an_empty_batch() -> None:
    assert DESTINATION.probe(options_of(DESTINATION, PLACE), KEY) == Request(
        url=TRACK,
        headers={"Content-Type": JSON},
        body=b'{"track":[]}',
        secret_headers={"Authorization": AUTHORIZATION},
    )


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (201, "delivered"),
        (200, "delivered"),
        (401, "auth"),
        (404, "config"),
        (400, "rejected"),
        (503, "retry"),
    ],
)
def test_the_test_call_tells_a_wrong_key_from_a_wrong_address(status: int, verdict: str) -> None:
    found = DESTINATION.probed(Answer(status=status))
    assert found == Judgement(verdict=verdict, text=str(status))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", made.NAMES)
def test_every_event_has_its_time(name: Any) -> None:
    event = Event(event=name, event_id="e", ts=RECEIVED_AT)
    assert DESTINATION.timeless(event, options_of(DESTINATION, PLACE)) is False
