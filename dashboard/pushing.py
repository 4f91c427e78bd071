"""Server-sent events from the live tail: a client is woken by it and pulls what it has not seen.

At most four messages a second, whatever comes in. A stream ends after some minutes and its client
comes back by itself with the id of the last message, so that who may see it is asked anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from dashboard.now import LiveTables

SPACING_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 15.0
LIFE_SECONDS: Final = 300.0
BURST: Final = 200
A_MESSAGE: Final = 6
ENTRIES: Final = 2_000
"""The most that is looked at for one message."""

Compose = Callable[[int, bool], Awaitable[tuple[int, bytes]]]
"""From the last sequence number that the client has, and whether it is the first message, to the next and its bytes."""


@dataclass(slots=True)
class Allowance:
    """How many rows a client is sent: a burst whole, and then no more than people can follow."""

    rows: int = BURST

    def take(self, wanted: int) -> int:
        """How many of so many rows may be sent now."""
        given = min(self.rows, wanted)
        self.rows = min(BURST, self.rows - given + A_MESSAGE)
        return given


async def pushed(
    live: LiveTables, shop_id: str, after: int, compose: Compose, patience: Callable[[], float]
) -> AsyncIterator[bytes]:
    """Messages until the client leaves: what changed, and a comment when nothing did for `patience` seconds."""
    wake, loop = asyncio.Event(), asyncio.get_running_loop()
    until = loop.time() + LIFE_SECONDS

    def notify() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and this stream with it
            loop.call_soon_threadsafe(wake.set)

    end = live.tail.subscribe(shop_id, notify)
    try:
        yield b"retry: 2000\n\n"
        first = True
        while loop.time() < until:
            wake.clear()
            after, message = await compose(after, first)
            first = False
            yield message
            await asyncio.sleep(SPACING_SECONDS)
            if not await _woken(wake, patience()):
                yield b": still here\n\n"
        yield b"retry: 50\nevent: again\ndata: {}\n\n"
    finally:
        end()


async def _woken(wake: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(wake.wait(), seconds)
    except TimeoutError:
        return False
    return True


def event(live: LiveTables, seq: int, name: str, message: Mapping[str, Any]) -> bytes:
    """A message with the id that a client comes back with."""
    return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
        live.epoch.encode(),
        seq,
        name.encode(),
        msgspec.json.encode(message),
    )


def after_of(live: LiveTables, last: str) -> int:
    """The sequence number of an event id; 0 for one of another life or of nobody."""
    epoch, _, seq = last.partition("-")
    known = epoch == live.epoch and seq.isascii() and seq.isdigit() and len(seq) < 16
    return int(seq) if known else 0


def last_of(request: Request) -> str:
    """The id of the last message that a client has, as it says."""
    return request.headers.get("last-event-id", "") or request.query_params.get("after", "")


def response(messages: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that goes on."""
    return StreamingResponse(
        messages,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
