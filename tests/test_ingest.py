"""The one path, with the log in memory: what is told, what is kept, what a flood may cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collector import record
from collector.adapters import load_adapters
from collector.errors import Unavailable
from collector.ids import TimeOrderedIds
from collector.ingest import REJECTS_A_SECOND, Ingest, RecentIds
from collector.log.memory import MemoryLog
from collector.wire import Decoded, Key, Shop, WireReply, WireRequest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Shop(shop_id="46" * 15)
COLLECT = next(endpoint for endpoint in load_adapters()["r46"].endpoints if endpoint.path == "/collect")


class Shops:
    def find(self, shop_id: str) -> Shop | None:
        return SHOP if shop_id == SHOP.shop_id else None

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """None: this shop speaks only the protocol of the script."""
        return ()


class SmallDisk(MemoryLog):
    """A log whose disk is full until someone makes room."""

    full = True

    async def append(self, record: bytes) -> None:
        if self.full:
            raise Unavailable("no space")
        await super().append(record)


def _request(body: bytes) -> WireRequest:
    ids = TimeOrderedIds()
    return WireRequest(
        method="POST",
        path="/collect",
        body=body,
        received_at=NOON,
        request_id=ids(NOON),
        new_id=lambda: ids(NOON),
    )


def _views(eids: Iterable[str]) -> bytes:
    events = [{"eid": eid.rjust(20, "_"), "t": 1_000, "call": ["track", "view", 1]} for eid in eids]
    body = {
        "v": 1,
        "sent": 1_000,
        "shop_id": SHOP.shop_id,
        "did": "AH5aEvmlqn",
        "sid": "cIxzHQJbUo",
        "events": events,
    }
    return json.dumps(body).encode()


def _ask(ingest: Ingest, body: bytes) -> tuple[WireReply, str]:
    answered = asyncio.run(ingest(COLLECT, _request(body)))
    return answered.reply, answered.verdict


def _kept(log: MemoryLog) -> list[record.Record]:
    return [
        record.decode(line)
        for chunk in log.read({}, 1 << 30)
        for line in chunk.data.splitlines(keepends=True)
    ]


def test_a_repeat_is_told_but_kept_for_the_loader_to_judge() -> None:
    log = MemoryLog()
    ingest = Ingest(Shops(), log)
    assert _ask(ingest, _views("ab"))[1] == "accepted"
    reply, verdict = _ask(ingest, _views("bc"))
    assert json.loads(reply.body)["accepted"] == 1
    assert [entry["verdict"] for entry in json.loads(reply.body)["results"]] == ["duplicate"]
    assert "duplicate" in verdict
    assert [len(kept.events) for kept in _kept(log)] == [2, 2]


def test_what_was_not_stored_is_no_duplicate_when_it_comes_again() -> None:
    log = SmallDisk()
    ingest = Ingest(Shops(), log)
    with pytest.raises(Unavailable):
        _ask(ingest, _views("a"))
    log.full = False
    assert _ask(ingest, _views("a"))[1] == "accepted"
    assert [len(kept.events) for kept in _kept(log)] == [1]


def test_a_flood_of_rejects_reaches_the_log_in_part_and_is_answered_in_full() -> None:
    log = MemoryLog()
    ingest = Ingest(Shops(), log)
    for _ in range(5 * REJECTS_A_SECOND):
        reply, verdict = _ask(ingest, b"{")
        assert (reply.status, verdict) == (400, "rejected; codes=json_malformed")
    assert len(_kept(log)) == REJECTS_A_SECOND


def test_a_reject_is_kept_with_its_reason_and_without_secrets() -> None:
    log = MemoryLog()
    _ask(Ingest(Shops(), log), b'{"shop_secret": "opensesame", "events": [')
    (kept,) = _kept(log)
    assert [refused.codes for refused in kept.refused] == [("json_malformed",)]
    assert kept.raw is not None
    assert kept.raw.body == '{"shop_secret": "[redacted]", "events": ['


def test_memory_of_ids_is_bounded_and_keeps_the_latest() -> None:
    recent = RecentIds(100)
    decoded = [COLLECT.decode(_request(_views([f"{n}"])), Shops()) for n in range(1000)]
    for one in decoded:
        recent.add(one.judged)
    assert [one for one in decoded[-50:] if recent.mark(one).judged[0].outcome != "duplicate"] == []
    assert sum(recent.mark(one).judged[0].outcome == "duplicate" for one in decoded) <= 100


def test_a_request_that_our_own_code_cannot_read_is_kept_whole_and_not_asked_for_again() -> None:
    def broken(request: WireRequest, shops: object) -> Decoded:
        raise ZeroDivisionError

    log = MemoryLog()
    endpoint = replace(COLLECT, decode=broken)
    answered = asyncio.run(Ingest(Shops(), log)(endpoint, _request(b'{"a": 1, "api_key": "k-123"}')))
    assert (answered.reply.status, answered.verdict) == (200, "quarantined; codes=adapter_failed")
    (kept,) = _kept(log)
    assert [(refused.outcome, refused.codes) for refused in kept.refused] == [
        ("quarantined", ("adapter_failed",))
    ]
    assert kept.raw is not None
    assert kept.raw.body == '{"a": 1, "api_key": "[redacted]"}'
