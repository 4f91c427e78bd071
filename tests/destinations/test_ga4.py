"""Google Analytics 4 as a destination: the recorded cases, sizes, the test request and where the secret goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.destinations.contract import Answer, Command, Deliverable, RawRequest, Request, Undeliverable
from collector.destinations.ga4 import DESTINATION
from collector.event import Event
from tests.destinations.cases_runner import (
    RECEIVED_AT,
    cases,
    context_of,
    event_of,
    expected,
    options_of,
    play,
)
from tests.destinations.ga4_rules import RESERVED, complaints

CASES = cases("ga4")
OPTIONS = options_of(DESTINATION, {"measurement_id": "G-TEST7", "base_url": "https://vendor.example"})
SECRETS = {"api_secret": "hidden-7"}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_is_told_as_its_file_says(case: dict[str, Any]) -> None:
    assert play(case) == expected(case)


def mapped(event: Event) -> Deliverable | Undeliverable:
    return DESTINATION.map(event, context_of({}, OPTIONS))


def an_order(lines: int, **fields: Any) -> Event:
    items = [{"item_id": str(place), "price": "1", **fields} for place in range(lines)]
    order = {"event": "purchase", "device_id": "12.34", "transaction_id": "A-1", "currency": "EUR"}
    return event_of({**order, "items": items})


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_reserved_name_is_never_told(name: str) -> None:
    event = event_of({"event": "custom", "custom_name": name, "device_id": "12.34"})
    assert mapped(event) == Undeliverable(code="u_name_forbidden")


def packed(commands: tuple[Command, ...]) -> Request:
    request = DESTINATION.pack(commands, OPTIONS, SECRETS)
    assert isinstance(request, Request)
    return request


@pytest.mark.parametrize(("lines", "told", "losses"), [(200, 200, ()), (201, 200, ("loss_items",))])
def test_an_order_of_more_than_two_hundred_products_is_told_with_two_hundred_and_its_whole_sum(
    lines: int, told: int, losses: tuple[str, ...]
) -> None:
    made = mapped(an_order(lines))
    assert isinstance(made, Deliverable)
    params = json.loads(made.commands[0].body)["params"]
    assert (len(params["items"]), params["value"], made.losses) == (told, lines, losses)


def test_an_event_that_fills_a_request_alone_is_undeliverable() -> None:
    texts = {"item_name": "n" * 100, "item_brand": "b" * 100, "item_variant": "v" * 100}
    assert isinstance(mapped(an_order(100, **texts)), Deliverable)
    wide = {**texts, "item_category": ["c" * 100] * 5}
    assert mapped(an_order(200, **wide)) == Undeliverable(code="u_too_large")


def test_a_request_as_large_as_the_limits_allow_is_smaller_than_the_vendor_takes() -> None:
    limits = DESTINATION.limits(OPTIONS)
    event = event_of({"event": "page_view", "device_id": "d" * 1024, "user_id": "u" * 256})
    made = mapped(event)
    assert isinstance(made, Deliverable)
    (command,) = made.commands
    note = json.dumps({"name": "page_view", "params": {"a": "x" * 100}})
    filler = Command(route=command.route, body=note + " " * (limits.bytes // limits.commands - len(note)))
    body = packed((filler,) * limits.commands).body
    assert limits.bytes < len(body) < 130_000
    assert complaints(body, RECEIVED_AT) == []


def test_no_request_is_too_fast_unless_the_operator_says_so() -> None:
    assert DESTINATION.limits(OPTIONS).rate == 0
    assert DESTINATION.limits({**OPTIONS, "rate": 5}).rate == 5


def test_the_secret_is_added_to_the_address_when_it_is_sent_and_stands_nowhere_else() -> None:
    made = mapped(event_of({"event": "page_view", "device_id": "12.34"}))
    assert isinstance(made, Deliverable)
    for request in (packed(made.commands), DESTINATION.probe(OPTIONS, SECRETS)):
        assert isinstance(request, Request)
        assert request.secret_query == {"api_secret": "hidden-7"}
        assert request.secret_headers == {}
        assert "hidden-7" not in repr(request) + request.url + str(request.headers) + request.body.decode()


def test_the_test_request_goes_to_the_validation_server_with_strict_checks() -> None:
    request = DESTINATION.probe(OPTIONS, SECRETS)
    assert isinstance(request, Request)
    assert request.url == "https://vendor.example/debug/mp/collect?measurement_id=G-TEST7"
    body = json.loads(request.body)
    assert body.pop("validation_behavior") == "ENFORCE_RECOMMENDATIONS"
    assert complaints(json.dumps(body).encode(), RECEIVED_AT) == []


REFUSED = {
    "validationMessages": [
        {"fieldPath": "events", "description": "Event has a\nbad name.", "validationCode": "NAME_INVALID"}
    ]
}


@pytest.mark.parametrize(
    ("answer", "verdict", "text"),
    [
        (Answer(status=200, body=b'{"validationMessages":[]}'), "delivered", '200 {"validationMessages":[]}'),
        (
            Answer(status=200, body=json.dumps(REFUSED).encode()),
            "rejected",
            "NAME_INVALID: Event has a bad name.",
        ),
        (Answer(status=204), "config", "204"),
        (Answer(status=200, body=b"GIF89a"), "config", "200 GIF89a"),
        (Answer(status=200, body=b"{}"), "config", "200 {}"),
        (Answer(status=302), "config", "302"),
        (Answer(status=404), "config", "404"),
        (Answer(status=403), "auth", "403"),
        (Answer(status=500), "retry", "500"),
        (Answer(fault="dns", text="no such host"), "retry", "no such host"),
    ],
)
def test_a_probe_is_believed_only_where_the_validation_server_found_nothing(
    answer: Answer, verdict: str, text: str
) -> None:
    judged = DESTINATION.probed(answer)
    assert (judged.verdict, judged.text) == (verdict, text)


def test_nothing_is_passed_on_unread_for_nobody_sends_this_protocol_here() -> None:
    raw = RawRequest(method="POST", path="/mp/collect", query="", content_type="application/json", body=b"{}")
    assert (DESTINATION.vendor, DESTINATION.relay(raw, OPTIONS)) == ("", None)


def test_the_forwarder_is_told_that_events_of_three_days_are_too_old() -> None:
    assert DESTINATION.oldest_s == 72 * 3600
