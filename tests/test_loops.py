"""Marks of those who sent an event on: read, kept, passed on, and a request that came round refused."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import loops, record, transport
from collector.adapters import load_adapters
from collector.app import Collector, Parts
from collector.event import Event
from collector.ids import TimeOrderedIds
from collector.ingest import Answered, Ingest
from collector.log.memory import MemoryLog
from collector.script import Script
from collector.wire import WireRequest
from tests.adapters.wired import ENDPOINTS, RECEIVED_AT, SHOP_ID, OneShop

OWN = "5f1c2d7e"
VIEW = {"event": "view", "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "items": [{"id": 37}]}


@pytest.mark.parametrize(
    ("header", "marks"),
    [
        ("", ()),
        ("a1", ("a1",)),
        ("a1, b-2 ,C3", ("a1", "b-2", "C3")),
        ("a1,,b2,", ("a1", "b2")),
        ("a b, <script>, \u0430, ok, " + "x" * 65, ("ok",)),
        ("x" * 64, ("x" * 64,)),
        (",".join(f"m{n}" for n in range(30)), tuple(f"m{n}" for n in range(10, 30))),
        ("x," * 100_000 + "own", (*["x"] * 19, "own")),
    ],
)
def test_what_is_no_mark_is_ignored_and_of_many_the_latest_stay(header: str, marks: tuple[str, ...]) -> None:
    assert loops.marks(header) == marks


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.from_regex(r"[A-Za-z0-9-]{1,64}", fullmatch=True), max_size=30))
def test_what_is_passed_on_is_read_again_and_names_this_installation_last(via: list[str]) -> None:
    read = loops.marks(loops.passed_on(tuple(via), OWN))
    assert read == (*[mark for mark in via if mark != OWN][-19:], OWN)


def test_the_header_reaches_the_path_of_events() -> None:
    sent = [(b"r46-via", b"a1, b2"), (b"x-else", b"1")]
    assert transport.headers_of(sent) == {"r46-via": "a1, b2"}


def _ask(ingest: Ingest, via: str | None) -> Answered:
    request = WireRequest(
        method="POST",
        path="/push",
        headers={} if via is None else {loops.HEADER: via},
        body=json.dumps(VIEW).encode(),
        received_at=RECEIVED_AT,
        request_id="0197c555-5a40-7c31-9d3e-2f1b6a7c8d90",
        new_id=lambda: "0197c555-5a40-7c31-9d3e-2f1b6a7c8d91",
    )
    return asyncio.run(ingest(ENDPOINTS["/push"], request))


def _kept(log: MemoryLog) -> list[record.Record]:
    chunks = log.read({}, 1 << 30)
    return [record.decode(line) for chunk in chunks for line in chunk.data.splitlines(keepends=True)]


def test_a_request_that_came_back_is_refused_and_none_of_its_events_is_stored() -> None:
    log = MemoryLog()
    answered = _ask(Ingest(OneShop({}), log, installation=OWN), f"other-1, {OWN}, other-2")
    assert (answered.reply.status, answered.verdict) == (508, "rejected; codes=loop_detected")
    said = json.loads(answered.reply.body)
    assert (said["status"], said["payload"]["code"]) == ("error", "loop_detected")
    (kept,) = _kept(log)
    assert (kept.shop_id, kept.events) == (SHOP_ID, ())
    assert [(one.outcome, one.codes, one.event) for one in kept.refused] == [
        ("rejected", ("loop_detected",), None)
    ]
    assert kept.raw is not None
    assert kept.raw.body == ""


@pytest.mark.parametrize("installation", ["", OWN])
def test_marks_of_others_are_kept_with_the_events(installation: str) -> None:
    log = MemoryLog()
    answered = _ask(Ingest(OneShop({}), log, installation=installation), "other-1, other-2, not a mark")
    assert (answered.reply.status, answered.verdict) == (200, "accepted")
    assert [(one.via, len(one.events)) for one in _kept(log)] == [(("other-1", "other-2"), 1)]


def test_the_application_knows_its_own_mark_from_where_it_was_made() -> None:
    log = MemoryLog()
    app = Collector(
        Parts(
            adapters=load_adapters(),
            shops=OneShop({}),
            log=log,
            script=Script.load(),
            clock=lambda: RECEIVED_AT,
            new_id=TimeOrderedIds(),
            body_limit=1 << 20,
            installation=OWN,
        )
    )
    assert [asyncio.run(_posted(app, via)) for via in (b"other-1", f"other-1,{OWN}".encode())] == [200, 508]
    assert [(one.via, len(one.events)) for one in _kept(log)] == [(("other-1",), 1), ((), 0)]


async def _posted(app: Collector, via: bytes) -> int:
    """The status of the answer to a view that came through these marks."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(VIEW).encode()}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/push", "raw_path": b"/push", "query_string": b""}
    await app({**scope, "headers": [(b"r46-via", via)]}, receive, send)
    status: int = sent[0]["status"]
    return status


def test_a_collector_without_an_installation_id_refuses_nothing() -> None:
    assert _ask(Ingest(OneShop({}), MemoryLog()), ",").reply.status == 200


def test_a_record_that_nobody_sent_on_has_the_bytes_it_always_had() -> None:
    line = (
        b'{"request_id":"0197c555-5a40-7c31-9d3e-2f1b6a7c8d90","received_at":"2026-03-01T12:00:00Z",'
        b'"shop_id":"shop-1","vendor":"rees46","endpoint":"rees46.push","user_agent":"curl/8",'
        b'"raw":{"method":"POST","path":"/push","body":"{}"},'
        b'"events":[{"event":"page_view","event_id":"e1","ts":"2026-03-01T12:00:00Z"}]}\n'
    )
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    kept = record.Record(
        request_id="0197c555-5a40-7c31-9d3e-2f1b6a7c8d90",
        received_at=noon,
        shop_id="shop-1",
        vendor="rees46",
        endpoint="rees46.push",
        user_agent="curl/8",
        raw=record.RawRecord(method="POST", path="/push", body="{}"),
        events=(Event(event="page_view", event_id="e1", ts=noon),),
    )
    assert record.encode(kept) == line
    assert record.decode(line) == kept
    log = MemoryLog()
    _ask(Ingest(OneShop({}), log, installation=OWN), None)
    (chunk,) = log.read({}, 1 << 30)
    assert b"via" not in chunk.data
