"""The stream behind the Live page: increments pushed as server-sent events.

A client is woken by the tail and pulls what it has not seen, at most four times a second
and at most 50 feed entries at once; what it is too slow for is skipped and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from collector.pulse import Snapshot
from dashboard import format
from dashboard.answers import Sources, answer
from dashboard.now import feed_rows, product_rows
from dashboard.page import Missing, Row
from dashboard.pages.live import layered, products_grid, today_cards
from dashboard.scope import Scope

SPACING_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 15.0
TODAY_SECONDS: Final = 2.0
ENTRIES: Final = 50
TODAY: Final = "live/today"
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

Fragment = Callable[..., str]
"""Renders a template of the Live page from a language, its name and keyword facts."""


@dataclass(slots=True)
class _Today:
    """Today's numbers of a shop; `due` when a purchase came in after they were asked."""

    asked_at: datetime = LONG_AGO
    row: Row | None = None
    due: bool = False


@dataclass(slots=True)
class Stream:
    """Streams of one dashboard. `clock` gives aware UTC."""

    sources: Sources
    clock: Callable[[], datetime]
    fragment: Fragment
    _today: dict[str, _Today] = field(default_factory=dict)

    def response(self, request: Request, scope: Scope) -> StreamingResponse:
        """An endless answer that goes on from the request's Last-Event-ID."""
        last = request.headers.get("last-event-id", "") or request.query_params.get("after", "")
        return StreamingResponse(
            self.messages(scope, self.after(last)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def after(self, last: str) -> int:
        """The sequence number of an event id; 0 for one of another life or of nobody."""
        epoch, _, seq = last.partition("-")
        known = epoch == self.sources.live.epoch and seq.isascii() and seq.isdigit() and len(seq) < 16
        return int(seq) if known else 0

    async def messages(self, scope: Scope, after: int) -> AsyncIterator[bytes]:
        """Messages until the client leaves: what changed, and a comment when nothing did."""
        wake, loop = asyncio.Event(), asyncio.get_running_loop()

        def notify() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and this stream with it
                loop.call_soon_threadsafe(wake.set)

        end = self.sources.live.tail.subscribe(scope.shop.shop_id, notify)
        try:
            yield b"retry: 2000\n\n"
            whole = True
            while True:
                wake.clear()
                snapshot = await asyncio.to_thread(
                    self.sources.live.tail.snapshot, scope.shop.shop_id, after=after, entries=ENTRIES
                )
                yield await self._message(scope.at(self.clock()), snapshot, after, whole=whole)
                after, whole = snapshot.seq, False
                await asyncio.sleep(SPACING_SECONDS)
                if not await _woken(wake, self._patience(scope)):
                    yield b": still here\n\n"
        finally:
            end()

    async def _message(self, scope: Scope, snapshot: Snapshot, after: int, *, whole: bool) -> bytes:
        """Counts, the minutes that may have changed (at first all), and rendered parts."""
        rows = feed_rows(snapshot)
        today = await self._todays(scope, rows)
        parts = await asyncio.to_thread(self._parts, scope, rows, product_rows(snapshot), today)
        events = sum(sum(counts.values()) for _, counts in snapshot.minutes)
        message = {
            "cards": {
                "visitors_5": format.count(snapshot.visitors_5),
                "visitors_30": format.count(snapshot.visitors_30),
                "events_30": format.count(events),
            },
            "minutes": layered(snapshot.minutes if whole else snapshot.minutes[-2:], scope),
            "skipped": max(0, snapshot.seq - after - len(rows)) if after else 0,
            "parts": parts,
        }
        return _event(f"{self.sources.live.epoch}-{snapshot.seq}", message)

    def _parts(
        self, scope: Scope, rows: list[Row], products: list[Row], today: Row | None
    ) -> Mapping[str, str]:
        """Fragments of the page, made by the templates that made the page."""
        shown = {"title": "live.products", "name": "products"}
        make = partial(self.fragment, scope.language)
        parts = {
            "feed": make("live/feed.html", scope=scope, rows=rows),
            "products": make(
                "live/products.html", scope=scope, shown=shown, products=products_grid(products)
            ),
        }
        if today is not None:
            parts["today"] = make("live/today.html", scope=scope, today=today_cards(today, scope))
        return parts

    def _patience(self, scope: Scope) -> float:
        known = self._today.get(scope.shop.shop_id)
        return TODAY_SECONDS if known and known.due else HEARTBEAT_SECONDS - SPACING_SECONDS

    async def _todays(self, scope: Scope, rows: list[Row]) -> Row | None:
        """Today's revenue and orders: asked every 15 seconds, after a purchase within two."""
        known = self._today.setdefault(scope.shop.shop_id, _Today())
        known.due = known.due or any(row["event"] == "purchase" for row in rows)
        age = (scope.now - known.asked_at).total_seconds()
        if age < (TODAY_SECONDS if known.due else HEARTBEAT_SECONDS):
            return known.row
        known.asked_at, known.due = scope.now, False
        tables = await answer(self.sources, (TODAY,), scope)
        with contextlib.suppress(Missing):
            known.row = tables[TODAY].one()
        return known.row


async def _woken(wake: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(wake.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _event(event_id: str, message: Mapping[str, Any]) -> bytes:
    return b"id: %s\nevent: now\ndata: %s\n\n" % (event_id.encode(), msgspec.json.encode(message))
