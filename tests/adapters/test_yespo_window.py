"""Yespo: an identical body within the shop's window, and what of it survives a full disk."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from collector.adapters.yespo.paths import endpoints
from collector.adapters.yespo.window import Window
from collector.errors import Unavailable
from collector.ingest import Ingest
from collector.log.memory import MemoryLog
from collector.routing import Routes
from collector.wire import WireRequest
from tests.adapters.test_yespo import BASIC, KEYS
from tests.adapters.wired import RECEIVED_AT, OneShop, wire_request


def asked(body: bytes, after: float = 0.0, path: str = "/api/v2/event") -> WireRequest:
    request = wire_request({"method": "POST", "path": path, "headers": BASIC, "text": body.decode()})
    moment = RECEIVED_AT + timedelta(seconds=after)
    return replace(request, received_at=moment, new_id=lambda: str(uuid.uuid4()).replace("-4", "-7", 1))


class FullDisk(MemoryLog):
    """A log without room, until someone makes some."""

    full = True

    async def append(self, record: bytes) -> None:
        if self.full:
            raise Unavailable("no space")
        await super().append(record)


def collector(log: MemoryLog, seconds: int) -> Any:
    """Sends a body after so many seconds to one process; returns verdict and answer."""
    routes = Routes(endpoints())
    ingest = Ingest(OneShop({"options": {"yespo.dup_window_s": str(seconds)}}, KEYS), log)

    def send(body: bytes, after: float, path: str = "/api/v2/event") -> tuple[str, bytes]:
        found = routes.find(path)
        assert found is not None
        said = asyncio.run(ingest(found.endpoint, asked(body, after, path)))
        return said.verdict, said.reply.body

    return send


ONE = b'{"eventTypeKey":"x","keyValue":"ann@example.org","params":[]}'
OTHER = ONE.replace(b"ann", b"bob")


def test_an_identical_body_within_the_window_is_a_duplicate_and_a_success() -> None:
    send = collector(MemoryLog(), 30)
    assert send(ONE, 0) == ("accepted", b"{}")
    assert send(OTHER, 1) == ("accepted", b"{}")
    assert send(ONE, 29.9, "/api/v3/event") == ("duplicate", b"{}")
    assert send(ONE, 30) == ("accepted", b"{}")
    assert send(ONE, 59) == ("duplicate", b"{}")


def test_without_a_window_every_body_is_an_event() -> None:
    send = collector(MemoryLog(), 0)
    assert [send(ONE, after)[0] for after in (0, 0, 1)] == ["accepted"] * 3


def test_a_body_that_was_not_stored_is_no_duplicate_when_it_comes_again() -> None:
    log = FullDisk()
    send = collector(log, 30)
    with pytest.raises(Unavailable):
        send(ONE, 0)
    log.full = False
    assert [send(ONE, after)[0] for after in (1, 2)] == ["accepted", "duplicate"]


def test_the_memory_of_bodies_is_bounded_and_forgets_the_oldest() -> None:
    window = Window(most=2)
    first = [window.key("s", body, RECEIVED_AT, 30) for body in (b"a", b"b", b"c")]
    later = RECEIVED_AT + timedelta(seconds=1)
    assert window.key("s", b"c", later, 30) == first[2]
    assert window.key("s", b"a", later, 30) != first[0]
    assert window.key("another", b"c", later, 30) != first[2]
