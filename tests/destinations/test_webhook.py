"""The webhook as a destination: the recorded cases, sizes, and a receiver that checks what it gets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.destinations.contract import Answer, Command, Deliverable, Judgement, Outgoing, Request, Sent
from collector.destinations.webhook import DESTINATION
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules
from tests.destinations.cases_runner import (
    answer_of,
    cases,
    context_of,
    event_of,
    expected,
    judged,
    mapped,
    options_of,
    play,
)
from tests.destinations.recorder import Got, Play, Recorder, ok, recorder, refusal

CASES = cases("webhook")
NOW = datetime(2026, 11, 21, 9, 3, tzinfo=UTC)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_is_told_as_its_file_says(case: dict[str, Any]) -> None:
    assert play(case) == expected(case)


def commands(count: int) -> list[Command]:
    return [
        Command(route="events", body=f'{{"event_id":"e{number}"}}', key=f"e{number}")
        for number in range(count)
    ]


def request_of(*told: Command, **options: Any) -> Request:
    made = DESTINATION.pack(
        told, options_of(DESTINATION, {"url": "https://x.example/", **options}), {"secret": "whsec"}
    )
    assert isinstance(made, Request)
    return made


def sent(outgoing: Outgoing) -> Answer:
    async def whole() -> Answer:
        sender = Sender(rules=Rules(private=True))
        try:
            return await sender.send(outgoing, connect_s=2, total_s=10, now=NOW)
        finally:
            await sender.close()

    return asyncio.run(whole())


def test_the_same_batch_is_known_by_the_same_delivery_and_another_is_not() -> None:
    first, again, other = (request_of(*commands(count)) for count in (3, 3, 2))
    assert first == again
    assert first.headers["r46-delivery"] != other.headers["r46-delivery"]


def test_a_batch_is_what_the_shop_sets_and_at_most_a_megabyte() -> None:
    limits = DESTINATION.limits(options_of(DESTINATION, {"batch": 7}))
    assert (limits.commands, limits.bytes, limits.lanes) == (7, 1024 * 1024, 4)


def test_the_secret_stands_nowhere_in_what_is_made() -> None:
    request = request_of(*commands(2))
    assert "whsec" not in repr(request)
    assert b"whsec" not in request.body


def checking(got: Got) -> Play:
    """A receiver as docs/destinations/webhook.md tells how to write one; it refuses the second event."""
    timestamp = got.headers["r46-timestamp"]
    signed = hmac.new(b"whsec", timestamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(got.headers["r46-signature"], f"v1={signed}"):
        return Play(status=401)
    results = [
        {"success": one["event_id"] != "e1", "error": "no such product"} for one in got.json()["events"]
    ]
    return refusal(json.dumps({"results": results}).encode())


def through(vendor: Recorder, told: Sequence[Command]) -> Judgement:
    answer = sent(request_of(*told, url=f"{vendor.url}/hook"))
    return DESTINATION.judge(Sent(commands=told), answer)


def test_a_receiver_checks_the_signature_and_refuses_one_of_three() -> None:
    with recorder() as vendor:
        vendor.always("/hook", checking)
        assert judged(through(vendor, commands(3)))["refused"] == {"1": "no such product"}
        assert [one["event_id"] for one in vendor.got[0].json()["events"]] == ["e0", "e1", "e2"]


def test_a_receiver_with_another_secret_stops_the_destination() -> None:
    with recorder() as vendor:
        vendor.always("/hook", checking)
        made = DESTINATION.pack(
            commands(1), options_of(DESTINATION, {"url": f"{vendor.url}/hook"}), {"secret": "other"}
        )
        assert DESTINATION.judge(Sent(commands=commands(1)), sent(made)).verdict == "auth"


def test_the_test_call_is_an_empty_signed_batch() -> None:
    with recorder() as vendor:
        vendor.always("/hook", ok())
        answer = sent(
            DESTINATION.probe(options_of(DESTINATION, {"url": f"{vendor.url}/hook"}), {"secret": "whsec"})
        )
        (got,) = vendor.got
        assert (got.body, got.headers["r46-test"]) == (b'{"events":[]}', "1")
        assert checking(got).status == 200
        assert DESTINATION.probed(answer).verdict == "delivered"


def test_what_a_receiver_says_reaches_nobody_unprintable() -> None:
    told = {"results": [{"success": False, "error": "no\u0000\u202e\nway" + "!" * 900}]}
    judgement = DESTINATION.judge(Sent(commands=commands(1)), answer_of({"status": 200, "body": told}))
    assert judgement.refused[0] == ("no way" + "!" * 900)[:400]


def test_every_event_has_words_for_a_webhook() -> None:
    (made,) = mapped({"kind": "webhook", "events": [{"event": "session_end"}]})
    assert isinstance(made, Deliverable)
    assert made.losses == ()


def test_the_request_that_an_event_came_in_is_told_where_it_is_known() -> None:
    context = replace(
        context_of({}, options_of(DESTINATION)),
        shop_id="s-1",
        vendor="rees46",
        endpoint="rees46.push",
        request_id="r-1",
    )
    made = DESTINATION.map(event_of({"event": "page_view"}), context)
    assert isinstance(made, Deliverable)
    assert list(json.loads(made.commands[0].body).items())[:5] == [
        ("shop_id", "s-1"),
        ("vendor", "rees46"),
        ("endpoint", "rees46.push"),
        ("request_id", "r-1"),
        ("received_at", "2026-11-21T09:02:27.500000Z"),
    ]
