"""The tag check beside its page: verdicts pushed as they come, and as data for automated tests of a shop.

A test marks its pages by `r46_test` in their address and asks what became of their events. It shows
a secret key of the shop (`validator` among its keys) or is somebody who is signed in. What is asked
is the live tail: the last events in memory, nothing of the store, and nothing after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from collector.control import sha256
from collector.entry import Wanted
from collector.pulse import Snapshot
from collector.wire import Shop
from dashboard import format, pushing
from dashboard.answers import Sources, answer
from dashboard.desk import ControlView
from dashboard.live import Fragment
from dashboard.now import LiveTables, verdict_row, wanted_of
from dashboard.pages.validator import FIRST, status
from dashboard.pushing import ENTRIES, HEARTBEAT_SECONDS, Allowance
from dashboard.scope import Scope
from dashboard.texts import BASE, load
from dashboard.verdicts import as_data, judged

VENDOR: Final = "validator"
SECRET: Final = "test_key"  # noqa: S105  the name of a part of a key
LEAST_SECRET: Final = 16
MOST_EVENTS: Final = 500
ROWS: Final = 50
STATUS: Final = (FIRST, "tail/now", "validator/known")
Which = Literal["all", "good", "bad"]
WHICH: Final[tuple[Which, ...]] = ("all", "good", "bad")


@dataclass(slots=True)
class _Client:
    """What one client was sent."""

    allowance: Allowance = field(default_factory=lambda: Allowance(rows=ROWS))
    status: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """Verdicts as they come, and how far the shop is. `clock` gives aware UTC."""

    sources: Sources
    clock: Callable[[], datetime]
    fragment: Fragment

    def response(self, request: Request, scope: Scope) -> StreamingResponse:
        """An endless answer that goes on from the request's Last-Event-ID."""
        after = pushing.after_of(self.sources.live, pushing.last_of(request))
        return pushing.response(self.messages(scope, after))

    def messages(self, scope: Scope, after: int) -> AsyncIterator[bytes]:
        """Messages until the client leaves."""
        client, shop_id = _Client(), scope.shop.shop_id

        async def compose(last: int, _first: bool) -> tuple[int, bytes]:
            return await self._message(scope.at(self.clock()), client, last)

        return pushing.pushed(self.sources.live, shop_id, after, compose, lambda: HEARTBEAT_SECONDS)

    async def _message(self, scope: Scope, client: _Client, after: int) -> tuple[int, bytes]:
        tables = await answer(self.sources, STATUS, scope)
        found = await asyncio.to_thread(
            self.sources.live.tail.snapshot,
            scope.shop.shop_id,
            after=after,
            entries=ENTRIES,
            wanted=wanted_of(scope.params()),
            shelf="kept",
        )
        sent = replace(found, entries=found.entries[: client.allowance.take(len(found.entries))])

        def told() -> bytes:
            with format.speaking(scope.language):
                shown = self.fragment(
                    scope.language, "validator/status.html", scope=scope, view=status(tables, scope)
                )
                fresh, client.status = shown != client.status, shown
                message = {"status": shown if fresh else "", "rows": self._rows(scope, sent)}
            return pushing.event(self.sources.live, found.seq, "verdicts", message)

        return found.seq, await asyncio.to_thread(told)

    def _rows(self, scope: Scope, snapshot: Snapshot) -> str:
        if not snapshot.entries:
            return ""
        rows = [judged(verdict_row(entry), scope.words, scope.shop.shop_id) for entry in snapshot.entries]
        return self.fragment(scope.language, "validator/verdicts.html", scope=scope, rows=rows)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What automated tests ask: verdicts as data, and to begin anew."""

    live: LiveTables
    control: ControlView

    def shop(self, request: Request) -> Shop | None:
        """The shop whose secret key the request shows; None where it shows none in force."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        if kind.lower() != "bearer" or len(secret) < LEAST_SECRET:
            return None
        owners = {key.shop_id for key in self.control.keys(VENDOR, SECRET, sha256(secret))}
        return next((shop for shop in self.control.shops() if shop.shop_id in owners), None)

    def told(self, shop_id: str, which: Which, query: Mapping[str, str]) -> Response:
        """Events as they were judged, oldest first, at most the newest 500, with counts of all."""
        wanted = Wanted(
            event=query.get("event", ""), test=query.get("test", ""), after=_number(query.get("after", ""))
        )
        seq, entries = self.live.tail.entries(shop_id, wanted)
        chosen = [one for one in entries if which == "all" or one.good == (which == "good")]
        words = load(BASE)
        good = sum(one.good for one in entries)
        return _json(
            {
                "shop_id": shop_id,
                "epoch": self.live.epoch,
                "seq": seq,
                "counts": {"all": len(entries), "good": good, "bad": len(entries) - good},
                "events": [as_data(verdict_row(one), words, shop_id) for one in chosen[-MOST_EVENTS:]],
            }
        )

    def reset(self, shop_id: str, test: str) -> Response:
        """Begin anew, for one test or for all."""
        return _json({"epoch": self.live.epoch, "seq": self.live.tail.reset(shop_id, test[:64])})


def _number(text: str) -> int:
    """A sequence number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _json(told: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(told), media_type="application/json")
