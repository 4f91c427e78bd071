"""What each vendor's protocol answers beyond its limit (docs/wire/canonical.md T13)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from collector.ingest import Answered, Ingest
from collector.log.memory import MemoryLog
from tests.adapters.wired import ENDPOINTS, OneShop, wire_request

RETAIL_ROCKET = {"vendor": "retailrocket", "public": {"partner_id": "p1"}, "secrets": {"api_key": "k"}}
YESPO = {"vendor": "yespo", "public": {}, "secrets": {"api_key": "k"}}
INTEMPT = {"vendor": "intempt", "public": {"org": "o", "project": "p"}, "secrets": {"api_key": "a.b"}}
EXPONEA = {"vendor": "exponea", "public": {"project_token": "t"}, "secrets": {"private_key": "a:b"}}
KEYS = (RETAIL_ROCKET, YESPO, INTEMPT, EXPONEA)
PAIR = {"authorization": "Basic YTpi"}  # a:b
VIEW = {"sessionExternalId": "d", "productId": 1, "timestamp": "2026-11-21T09:00:00Z"}
API = {"method": "POST", "path": "/1.0/view", "query": "apiKey=k&partnerId=p1", "body": VIEW}
WEB = {"method": "GET", "path": "/1.0/event/view/p1/1", "query": "session=d"}
CASES: list[tuple[str, dict[str, Any], bytes]] = [
    ("retailrocket.rate", API, b'{"error":"rate_limited"}'),
    ("retailrocket.web_rate", WEB, b'{"error":"rate_limited"}'),
    (
        "yespo.rate",
        {
            "method": "POST",
            "path": "/api/v2/event",
            "headers": {"authorization": "Basic Oms="},  # :k
            "body": {"eventTypeKey": "x", "keyValue": "a@b.c", "params": []},
        },
        b"rate_limited",
    ),
    (
        "intempt.rate",
        {
            "method": "POST",
            "path": "/v1/o/projects/p/track",
            "headers": PAIR,
            "body": {"track": [{"name": "x", "payload": [{"eventId": "1", "userId": "u"}]}]},
        },
        b"",
    ),
    (
        "exponea.rate",
        {
            "method": "POST",
            "path": "/track/v2/projects/t/customers/events",
            "headers": PAIR,
            "body": {"customer_ids": {"cookie": "c"}, "event_type": "x"},
        },
        b'{"errors":["rate_limited"],"success":false}',
    ),
]


def asked(options: dict[str, str], recorded: dict[str, Any], times: int) -> tuple[list[Answered], int]:
    """The answers to one request so many times at one moment, and how many of them were let in."""
    log = MemoryLog()
    ingest = Ingest(OneShop({"options": options}, KEYS), log)
    request = wire_request(recorded)
    endpoint = ENDPOINTS[request.path]

    async def all_of_them() -> list[Answered]:
        return [await ingest(endpoint, request) for _ in range(times)]

    answers = asyncio.run(all_of_them())
    return answers, sum(answer.reply.status != 429 for answer in answers)


@pytest.mark.parametrize(("option", "recorded", "body"), CASES, ids=[case[0] for case in CASES])
def test_beyond_the_option_s_rate_a_vendor_hears_429_in_its_own_shape(
    option: str, recorded: dict[str, Any], body: bytes
) -> None:
    answers, passed = asked({option: "3"}, recorded, 5)
    assert passed == 3
    assert all(answer.reply.status < 300 for answer in answers[:3])
    for refused in answers[3:]:
        assert (refused.reply.status, refused.reply.body) == (429, body)
        assert refused.reply.headers["Retry-After"] == "1"
        assert refused.verdict == "rejected; codes=rate_limited"


def test_the_server_api_of_retail_rocket_takes_fifty_a_second_if_nothing_is_said() -> None:
    assert asked({}, API, 60)[1] == 50
    assert asked({"retailrocket.rate": "0"}, API, 60)[1] == 60


@pytest.mark.parametrize("recorded", [case[1] for case in CASES[1:]], ids=[case[0] for case in CASES[1:]])
def test_other_surfaces_are_not_limited_if_nothing_is_said(recorded: dict[str, Any]) -> None:
    assert asked({}, recorded, 60)[1] == 60
