"""Exponea as a destination: the recorded cases, sizes, requests passed on, and our own adapter as the vendor."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from collector.destinations.contract import (
    Answer,
    Command,
    Deliverable,
    RawRequest,
    Request,
    Sent,
    Undeliverable,
)
from collector.destinations.exponea import DESTINATION
from collector.event import Event, Item
from tests.destinations.cases_runner import cases, context_of, event_of, expected, judged, play
from tests.destinations.exponea_way_back import OPTIONS, SECRETS, answered

CASES = cases("exponea")
EVENT = '{"customer_ids": {"cookie":"ck-1"},"event_type":"view","properties":{"price":1.50}}'


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_is_told_as_its_file_says(case: dict[str, Any]) -> None:
    assert play(case) == expected(case)


def told(event: Event) -> Deliverable:
    made = DESTINATION.map(event, context_of({}, OPTIONS))
    assert isinstance(made, Deliverable)
    return made


def properties(event: Event) -> tuple[dict[str, Any], tuple[str, ...]]:
    made = told(event)
    return json.loads(made.commands[0].body)["data"]["properties"], made.losses


def a_visit(**fields: Any) -> Event:
    return event_of({"event": "page_view", "device_id": "ck-1", **fields})


def test_a_property_of_sixteen_kilobytes_is_left_out_and_told_as_lost() -> None:
    fitting = a_visit(props={"note": "x" * 16_383, "short": "y"})
    longer = a_visit(props={"note": "x" * 16_384, "short": "y"})
    assert properties(fitting) == ({"event_id": fitting.event_id, **fitting.props}, ())
    assert properties(longer) == ({"event_id": longer.event_id, "short": "y"}, ("loss_items",))


def test_a_list_of_products_that_is_too_long_leaves_the_order_its_lines() -> None:
    lines = [{"item_id": str(number), "item_name": "a name of a product" * 4} for number in range(200)]
    made = told(
        event_of(
            {"event": "purchase", "user_id": "u5", "transaction_id": "A-1", "value": "9", "items": lines}
        )
    )
    header, *others = (json.loads(one.body)["data"] for one in made.commands)
    assert made.losses == ("loss_items",)
    assert "product_list" not in header["properties"]
    assert [one["properties"]["product_id"] for one in others] == [one["item_id"] for one in lines]


def test_an_event_of_eight_hundred_kilobytes_is_undeliverable() -> None:
    event = a_visit(props={f"note{number}": "x" * 16_000 for number in range(52)})
    assert DESTINATION.map(event, context_of({}, OPTIONS)) == Undeliverable(code="u_too_large")


def test_more_attributes_than_a_customer_has_are_undeliverable() -> None:
    def customer(count: int) -> Event:
        return event_of(
            {"event": "identify", "user_id": "u5", "props": {f"a{one}": one for one in range(count)}}
        )

    assert len(told(customer(255)).commands) == 1
    refused = DESTINATION.map(customer(256), context_of({}, OPTIONS))
    assert refused == Undeliverable(code="u_too_large")


def test_a_batch_is_one_request_with_its_commands_in_order() -> None:
    commands = [told(a_visit(event_id=f"id-{place}")).commands[0] for place in range(3)]
    request = DESTINATION.pack(commands, OPTIONS, SECRETS)
    assert isinstance(request, Request)
    assert [one["command_id"] for one in json.loads(request.body)["commands"]] == ["id-0", "id-1", "id-2"]


def test_fewer_requests_a_second_can_be_asked_for() -> None:
    assert DESTINATION.limits(OPTIONS).rate == 90
    assert DESTINATION.limits({**OPTIONS, "rate": 5}).rate == 5


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("basic", "Basic " + base64.b64encode(b"id-7:hidden-7").decode()),
        ("token", "Token id-7"),
    ],
)
def test_the_key_stands_in_a_secret_header_and_nowhere_else(auth: str, header: str) -> None:
    options = {**OPTIONS, "auth": auth}
    raw = raw_request("/track/v2/projects/theirs/customers/events", EVENT)
    relay = DESTINATION.relay(raw, options)
    assert relay is not None
    for request in (
        DESTINATION.pack(told(a_visit()).commands, options, SECRETS),
        DESTINATION.pack([relay], options, SECRETS),
        DESTINATION.probe(options, SECRETS),
    ):
        assert isinstance(request, Request)
        assert request.secret_headers == {"Authorization": header}
        shown = repr(request) + request.url + str(request.headers) + request.body.decode()
        for secret in (*SECRETS.values(), header.partition(" ")[2]):
            assert secret not in shown


def answer_of_ours(request: Request) -> Answer:
    _, reply = answered(request)
    return Answer(status=reply.status, body=reply.body, sent=True)


def test_our_own_adapter_takes_a_batch_and_its_answer_means_delivered() -> None:
    commands = [told(a_visit(event_id=f"id-{place}")).commands[0] for place in range(2)]
    request = DESTINATION.pack(commands, OPTIONS, SECRETS)
    assert isinstance(request, Request)
    verdict = judged(DESTINATION.judge(Sent(commands=commands), answer_of_ours(request)))
    assert (verdict["verdict"], "refused" in verdict) == ("delivered", False)


def test_our_own_adapter_answers_the_probe_and_stores_nothing() -> None:
    request = DESTINATION.probe(OPTIONS, SECRETS)
    assert isinstance(request, Request)
    seen, _ = answered(request)
    assert seen == []
    assert DESTINATION.probed(answer_of_ours(request)).verdict == "delivered"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(status=200, body=b'{"results":[{"success":true,"time":1.5}],"success":true}'), "delivered"),
        (Answer(status=200, body=b'{"results":[{"success":false,"errors":["no"]}]}'), "rejected"),
        (Answer(status=200, body=b'{"success":true}'), "config"),
        (Answer(status=200, body=b"<html></html>"), "config"),
        (Answer(status=200), "config"),
        (Answer(status=200, body=b'{"results":["?"]}'), "config"),
        (Answer(status=301), "config"),
        (Answer(status=401, body=b'{"error":"access key not found"}'), "auth"),
        (Answer(status=404), "config"),
        (Answer(status=503), "retry"),
        (Answer(fault="dns"), "retry"),
    ],
)
def test_a_probe_is_delivered_only_where_the_vendor_told_its_time(answer: Answer, verdict: str) -> None:
    assert DESTINATION.probed(answer).verdict == verdict


def raw_request(path: str, body: str, **more: Any) -> RawRequest:
    given = {"method": "POST", "query": "", "content_type": "application/json", **more}
    return RawRequest(path=path, body=body.encode(), **given)


@pytest.mark.parametrize("endpoint", ["customers/events", "customers", "campaigns/clicks", "batch"])
@pytest.mark.parametrize("prefix", ["/track/v2/projects/theirs", "//track/u/v1"])
def test_a_request_is_passed_on_with_project_and_key_of_the_destination(prefix: str, endpoint: str) -> None:
    batch = '{"commands":[{"name":"customers/events","data":' + EVENT + "}]}"
    body = batch if endpoint == "batch" else EVENT
    made = DESTINATION.relay(raw_request(f"{prefix}/{endpoint}/", body, query="stream_id=theirs"), OPTIONS)
    assert made is not None
    request = DESTINATION.pack([made], OPTIONS, SECRETS)
    assert isinstance(request, Request)
    assert request.url == f"https://vendor.example/track/v2/projects/tok-7/{endpoint}"
    assert request.body == body.encode()
    streamed = DESTINATION.pack([made], {**OPTIONS, "form": "stream"}, SECRETS)
    assert isinstance(streamed, Request)
    assert streamed.url == f"https://vendor.example/track/u/v1/{endpoint}?stream_id=tok-7"


@pytest.mark.parametrize(
    "raw",
    [
        raw_request("/bulk", '{"commands":[]}'),
        raw_request("/crm/events", EVENT),
        raw_request("/data/v2/projects/theirs/customers/anonymize", '{"customer_ids":{"cookie":"ck-1"}}'),
        raw_request("/track/v2/projects/theirs/system/time", "{}"),
        raw_request("/track/v2/projects/theirs/batch", '{"commands":[]}'),
        raw_request("/track/v2/projects/theirs/batch", json.dumps({"commands": [{}] * 51})),
        raw_request("/track/v2/projects/theirs/batch", '{"command":[]}'),
        raw_request("/track/v2/projects/theirs/customers", "[1]"),
        raw_request("/track/v2/projects/theirs/customers", "{"),
        raw_request("/track/v2/projects/theirs/customers", '{"a":"[redacted]"}'),
        raw_request("/track/v2/projects/theirs/customers", "{}", method="GET"),
    ],
    ids=lambda raw: f"{raw.method} {raw.path} {raw.body[:30].decode()}",
)
def test_what_cannot_be_passed_on_as_it_came_is_mapped_instead(raw: RawRequest) -> None:
    assert DESTINATION.relay(raw, OPTIONS) is None


def test_bytes_that_are_no_text_are_mapped_instead() -> None:
    raw = replace(raw_request("/track/u/v1/customers", ""), body=b'{"a":"\xff"}')
    assert DESTINATION.relay(raw, OPTIONS) is None


def test_a_content_type_that_is_none_is_not_passed_on() -> None:
    raw = raw_request("/track/u/v1/customers", "{}", content_type="text/plain\r\nX-Evil: 1")
    made = DESTINATION.relay(raw, OPTIONS)
    assert made is not None
    request = DESTINATION.pack([made], OPTIONS, SECRETS)
    assert isinstance(request, Request)
    assert request.headers == {"Content-Type": "application/json"}


def relayed(body: str, endpoint: str = "customers/events") -> Command:
    made = DESTINATION.relay(raw_request(f"/track/u/v1/{endpoint}", body), OPTIONS)
    assert made is not None
    return made


def test_requests_of_different_content_share_no_request() -> None:
    assert relayed(EVENT).route != relayed(EVENT.replace("1.50", "1.51")).route
    assert relayed(EVENT).route == relayed(EVENT).route


def test_the_same_request_twice_is_told_twice() -> None:
    request = DESTINATION.pack([relayed(EVENT)] * 2, OPTIONS, SECRETS)
    assert isinstance(request, Request)
    assert request.url.endswith("/batch")
    one = '{"name":"customers/events","data":' + EVENT + "}"
    assert request.body.decode() == '{"commands":[' + one + "," + one + "]}"
    assert [one.outcome for one in answered(request)[0]] == ["accepted"] * 2


BATCH = json.dumps({"commands": [{"name": "customers/events", "data": json.loads(EVENT)}] * 3})


@pytest.mark.parametrize(
    ("results", "refused"),
    [
        ([True, True, True], {}),
        ([True, False, True], {0: "1 of 3: no"}),
        ([False, False, False], {0: "3 of 3: no"}),
        ([True, True], {0: "1 of 3: the answer has no result for it"}),
    ],
)
def test_a_batch_passed_on_is_refused_where_any_of_its_commands_is(
    results: list[bool], refused: dict[int, str]
) -> None:
    told_results = [{"success": True} if fine else {"success": False, "errors": ["no"]} for fine in results]
    answer = Answer(status=200, body=msgspec.json.encode({"results": told_results, "success": True}))
    verdict = DESTINATION.judge(Sent(commands=[relayed(BATCH, "batch")]), answer)
    assert (verdict.verdict, verdict.refused) == ("delivered", refused)


def test_results_of_the_same_batch_twice_are_told_apart() -> None:
    fine, bad = {"success": True}, {"success": False, "errors": ["no"]}
    answer = Answer(status=200, body=msgspec.json.encode({"results": [fine] * 3 + [bad] + [fine] * 2}))
    verdict = DESTINATION.judge(Sent(commands=[relayed(BATCH, "batch")] * 2), answer)
    assert verdict.refused == {1: "1 of 3: no"}


def test_an_item_without_anything_else_is_its_id() -> None:
    event = a_visit(items=[msgspec.to_builtins(Item(item_id="007"))])
    assert properties(event)[0] == {"event_id": event.event_id, "product_id": "007"}
