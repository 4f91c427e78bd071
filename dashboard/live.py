"""The stream behind the Live page: increments pushed as server-sent events.

What a message may hold is bounded, whatever comes in: counts, the last minutes, and of the feed a
burst of 200 rows or else some twenty a second. What does not fit is counted and said.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import StreamingResponse

from collector.pulse import Snapshot
from dashboard import format, pushing
from dashboard.answers import Sources, answer
from dashboard.now import feed_rows, product_rows, wanted_of
from dashboard.page import Missing, Row
from dashboard.pages.live import layered, products_grid, today_cards
from dashboard.pushing import ENTRIES, HEARTBEAT_SECONDS, SPACING_SECONDS, Allowance
from dashboard.scope import Scope

TODAY_SECONDS: Final = 2.0
SOON_SECONDS: Final = 1.0
PRODUCTS_EVERY: Final = 4
"""Messages, so that a busy shop's products are sent once a second."""
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
class _Client:
    """What one client was sent: parts by name as they were, and messages. `held`: products that were not."""

    allowance: Allowance = field(default_factory=Allowance)
    parts: dict[str, str] = field(default_factory=dict)
    messages: int = 0
    held: bool = False

    def changed(self, parts: Mapping[str, str]) -> dict[str, str]:
        """The parts that the client does not have like this."""
        found = {name: part for name, part in parts.items() if self.parts.get(name) != part}
        self.parts |= found
        return found


@dataclass(slots=True)
class Stream:
    """Streams of one dashboard. `clock` gives aware UTC."""

    sources: Sources
    clock: Callable[[], datetime]
    fragment: Fragment
    _today: dict[str, _Today] = field(default_factory=dict)

    def response(self, request: Request, scope: Scope) -> StreamingResponse:
        """An endless answer that goes on from the request's Last-Event-ID."""
        return pushing.response(self.messages(scope, self.after(pushing.last_of(request))))

    def after(self, last: str) -> int:
        """The sequence number of an event id; 0 for one of another life or of nobody."""
        return pushing.after_of(self.sources.live, last)

    def messages(self, scope: Scope, after: int) -> AsyncIterator[bytes]:
        """Messages until the client leaves: what changed, and a comment when nothing did."""
        client, shop_id = _Client(), scope.shop.shop_id

        async def compose(last: int, first: bool) -> tuple[int, bytes]:
            return await self._message(scope.at(self.clock()), client, last, whole=first)

        def patience() -> float:
            return SOON_SECONDS if client.held else self._patience(shop_id)

        return pushing.pushed(self.sources.live, shop_id, after, compose, patience)

    async def _message(self, scope: Scope, client: _Client, after: int, *, whole: bool) -> tuple[int, bytes]:
        """Counts, the minutes that may have changed (at first all), and rendered parts."""
        snapshot = await asyncio.to_thread(
            self.sources.live.tail.snapshot,
            scope.shop.shop_id,
            after=after,
            entries=ENTRIES,
            wanted=wanted_of(scope.params()),
        )
        bought = any(entry.event == "purchase" for entry in snapshot.entries)
        today = await self._todays(scope, bought=bought)
        given = client.allowance.take(len(snapshot.entries))
        sent = replace(snapshot, entries=snapshot.entries[:given])
        return snapshot.seq, await asyncio.to_thread(self._told, scope, client, sent, today, after, whole)

    def _told(
        self, scope: Scope, client: _Client, snapshot: Snapshot, today: Row | None, after: int, whole: bool
    ) -> bytes:
        """The message, in the language of the page."""
        events = sum(sum(counts.values()) for _, counts in snapshot.minutes)
        with format.speaking(scope.language):
            message = {
                "cards": {
                    "visitors_5": format.count(snapshot.visitors_5),
                    "visitors_30": format.count(snapshot.visitors_30),
                    "events_30": format.count(events),
                },
                "minutes": layered(snapshot.minutes if whole else snapshot.minutes[-2:], scope),
                "skipped": max(0, snapshot.matched - len(snapshot.entries)) if after else 0,
                "parts": self._parts(scope, client, snapshot, today),
            }
        return pushing.event(self.sources.live, snapshot.seq, "now", message)

    def _parts(
        self, scope: Scope, client: _Client, snapshot: Snapshot, today: Row | None
    ) -> Mapping[str, str]:
        """Fragments of the page that changed, made by the templates that made the page."""
        make, parts = partial(self.fragment, scope.language), {}
        client.held = client.messages % PRODUCTS_EVERY != 0 and bool(snapshot.entries)
        client.messages += 1
        if not client.held:
            shown, grid = (
                {"title": "live.products", "name": "products"},
                products_grid(product_rows(snapshot)),
            )
            parts["products"] = make("live/products.html", scope=scope, shown=shown, products=grid)
        if today is not None:
            parts["today"] = make("live/today.html", scope=scope, today=today_cards(today, scope))
        feed = make("live/feed.html", scope=scope, rows=feed_rows(snapshot)) if snapshot.entries else ""
        return {"feed": feed, **client.changed(parts)}

    def _patience(self, shop_id: str) -> float:
        known = self._today.get(shop_id)
        return TODAY_SECONDS if known and known.due else HEARTBEAT_SECONDS - SPACING_SECONDS

    async def _todays(self, scope: Scope, *, bought: bool) -> Row | None:
        """Today's revenue and orders: asked every 15 seconds, after a purchase within two."""
        known = self._today.setdefault(scope.shop.shop_id, _Today())
        known.due = known.due or bought
        age = (scope.now - known.asked_at).total_seconds()
        if age < (TODAY_SECONDS if known.due else HEARTBEAT_SECONDS):
            return known.row
        known.asked_at, known.due = scope.now, False
        tables = await answer(self.sources, (TODAY,), scope)
        with contextlib.suppress(Missing):
            known.row = tables[TODAY].one()
        return known.row
