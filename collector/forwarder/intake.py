"""The reading half of one destination: from chunks of the log to what waits, and to the fates of the rest."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from collector.destinations.contract import Deliverable
from collector.event import Event
from collector.forwarder.choosing import Seen, left_out
from collector.forwarder.found import Found, found_in, relay_of
from collector.forwarder.ledger import Ledger
from collector.forwarder.memory import Memory, Remembered
from collector.forwarder.orderbook import OrderBook, Ready
from collector.forwarder.outcomes import Fate, Outcomes
from collector.forwarder.packing import Setup
from collector.forwarder.preparing import Moment, Preparing
from collector.forwarder.replay import Asked, Phase, Replay
from collector.forwarder.rewrite import rewritten
from collector.forwarder.sources import Source, source_of, visitor_of
from collector.forwarder.terms import Terms, moment_of
from collector.forwarder.waiting import Lanes
from collector.ids import is_keyed
from collector.log import Chunk
from collector.record import Record

ORDERED: Final = frozenset({"purchase", "order_status", "refund"})
DELIVERED: Final = frozenset({"delivered", "delivered_with_loss"})
_log = logging.getLogger(__name__)


class Intake:
    """One destination's. `take` and `settle` are transactions of their own."""

    def __init__(self, ledger: Ledger, lanes: Lanes, outcomes: Outcomes) -> None:
        self._ledger = ledger
        self._lanes = lanes
        self._outcomes = outcomes
        self._memory = Memory(ledger)
        self._orders = OrderBook(ledger, outcomes)
        self._preparing = Preparing(lanes, outcomes, names=self._memory.name, order_value=self._orders.value)
        self._replay = Replay(ledger)

    def set_up(self, setup: Setup, terms: Terms) -> None:
        """New settings are obeyed from the next chunk on."""
        self._setup = setup
        self._terms = terms
        self._preparing.set_up(setup, terms.facts)

    def take(self, chunks: Sequence[Chunk], now: float) -> int:
        """Read what is new; the number of events of the shop. The position moves with what was read."""
        with self._ledger.transaction():
            found = self.found(chunks)
            together = self._together(found)
            for one in sorted(found, key=lambda one: one.order):
                if one.record.request_id not in together:
                    self._guarded(one, now)
                elif one.event is one.record.events[0]:
                    self._relay(together[one.record.request_id], now)
            for chunk in chunks:
                received = [one.received for one in found if one.chunk is chunk]
                self._ledger.move(chunk.worker, chunk.end, max(received, default=0.0))
            if found:
                self._ledger.keep("read_at", str(max(one.received for one in found)))
        return len(found)

    def settle(self, upto: float, now: float) -> int:
        """Send the orders that waited long enough; the log has been read up to that moment."""
        count = 0
        with self._ledger.transaction():
            settle_s = self._setup.policy.order_settle_s
            for ready in self._orders.due(datetime.fromtimestamp(upto, UTC), settle_s, now):
                self._ready(ready, now)
                count += 1
        return count

    def found(self, chunks: Sequence[Chunk]) -> list[Found]:
        """The shop's accepted events."""
        return found_in(chunks, self._terms.shop_id)

    def replay(self, asked: Asked) -> None:
        """From now on events that had been read are judged by this; the caller moves the positions."""
        self._replay.begin(asked)

    def once_more(self, found: Found, now: float) -> None:
        """Send an event again that has a fate already, as it would be sent today."""
        event, source = self._renamed(found.event), self._source(found)
        moment = moment_of(source, now, now)
        sources: Sequence[Source] = [source]
        if event.event_id in self._lanes.events:
            return
        if self._setup.kind.whole_orders and event.event == "purchase":
            ready = self._orders.again(event, source)
            event, sources = (ready.event, ready.sources) if ready else (event, sources)
        for one in sources:
            self._outcomes.forget(one.event_id)
        self._preparing.prepare(event, sources, moment, self._memory.recall(event))

    def _guarded(self, found: Found, now: float) -> None:
        """One event that breaks us is put aside, and the others go on."""
        try:
            self._take(found, now)
        except (OSError, sqlite3.Error):
            raise
        except Exception:
            _log.exception("an event could not be prepared for a destination")
            self._outcomes.note([self._source(found)], Fate(state="failed", code="r_broken"), now)

    def _take(self, found: Found, now: float) -> None:
        event, received = found.event, found.received
        phase = self._replay.phase(received, self._ledger.read_at(found.chunk.worker))
        early = received < self._terms.start_at
        if phase == "passed" or (phase == "new" and early):
            return
        state = self._state(event, phase)
        if state is None:
            self._first(found, now, counted=phase != "asked" or early)
        elif phase == "new":
            self._outcomes.skipped(self._source(found), "s_duplicate")
        elif phase == "asked" and self._wanted_again(found, state):
            self.once_more(found, now)

    def _wanted_again(self, found: Found, state: str) -> bool:
        """Whether the replay is about an event with that fate."""
        open_to = state != "waits" and (self._replay.again or state not in DELIVERED)
        return open_to and self._left_out(found) is None

    def _state(self, event: Event, phase: Phase) -> str | None:
        """What is known of an event's fate; `waits` where it has none yet. Fresh ids are asked for in replays only."""
        if event.event_id in self._lanes.events:
            return "waits"
        if phase == "new":
            return self._outcomes.state(event.event_id) if is_keyed(event.event_id) else None
        if event.event == "purchase" and self._orders.waits(event):
            return "waits"
        return self._outcomes.state(event.event_id)

    def _first(self, found: Found, now: float, *, counted: bool) -> None:
        """An event without a fate: left out, held for its order, or prepared."""
        event, record = self._renamed(found.event), found.record
        known = self._see(event, record, now)
        code, source = self._left_out(found), self._source(found)
        if code is not None:
            if counted:
                self._outcomes.skipped(source, code)
        elif self._setup.kind.whole_orders and event.event in ORDERED:
            self._ordered(event, source, record, now)
        else:
            self._preparing.prepare(event, [source], self._moment(source, now), known)

    def _see(self, event: Event, record: Record, now: float) -> Remembered:
        """Remember what the event leaves for later ones of its visitor."""
        if self._setup.kind.names:
            self._memory.learn(event, now)
        return self._memory.see(
            event,
            endpoint=record.endpoint,
            now=now,
            carts=self._setup.kind.carts,
            empty_at_session_start=self._terms.facts.empty_cart_at_session_start,
        )

    def _ordered(self, event: Event, source: Source, record: Record, now: float) -> None:
        ready = self._orders.take(
            event,
            source,
            vendor=record.vendor,
            endpoint=record.endpoint,
            at=record.received_at,
            settle_s=self._setup.policy.order_settle_s,
            now=now,
        )
        if ready is not None:
            self._ready(ready, now)

    def _ready(self, ready: Ready, now: float) -> None:
        moment = self._moment(max(ready.sources, key=lambda source: source.received_at), now)
        self._preparing.prepare(ready.event, ready.sources, moment, self._memory.recall(ready.event))

    def _together(self, found: Sequence[Found]) -> dict[str, list[Found]]:
        """Requests that are passed on as they came: all of their events are wanted, and new."""
        kind = self._setup.kind
        if not self._setup.policy.relay_raw or not kind.vendor:
            return {}
        groups: dict[str, list[Found]] = {}
        for one in found:
            if one.record.vendor == kind.vendor and one.record.raw is not None:
                groups.setdefault(one.record.request_id, []).append(one)
        return {name: group for name, group in groups.items() if all(map(self._passes, group))}

    def _passes(self, one: Found) -> bool:
        fresh = self._replay.phase(one.received, self._ledger.read_at(one.chunk.worker)) == "new"
        return (
            fresh
            and one.received >= self._terms.start_at
            and self._state(one.event, "new") is None
            and self._left_out(one) is None
            and not self._is_foreign(one)
            and relay_of(one.record, self._setup) is not None
        )

    def _is_foreign(self, one: Found) -> bool:
        """Whether it is a row of an order that another vendor or surface tells."""
        if not self._setup.kind.whole_orders or one.event.event != "purchase":
            return False
        return self._orders.is_foreign(one.event, one.record.vendor, one.record.endpoint)

    def _relay(self, group: Sequence[Found], now: float) -> None:
        if any(map(self._is_foreign, group)):  # an order that began in what was read with it
            for one in group:
                self._guarded(one, now)
            return
        command = relay_of(group[0].record, self._setup)
        assert command is not None
        sources = [self._source(one) for one in group]
        moment = self._moment(sources[0], now)
        first = group[0].event
        for one, source in zip(group, sources, strict=True):
            self._see(one.event, one.record, now)
            if self._setup.kind.whole_orders and one.event.event == "purchase":
                self._orders.passed_on(one.event, source, one.record.vendor, one.record.endpoint, now)
        self._preparing.wait(
            Deliverable(commands=(command,)),
            sources,
            moment,
            visitor=visitor_of(first),
            stale_at=self._preparing.stale_at(first, relayed=True),
        )

    def _moment(self, source: Source, now: float) -> Moment:
        since = max(source.received_at, self._terms.created_at, self._replay.since(source.received_at))
        return moment_of(source, since, now)

    def _left_out(self, found: Found) -> str | None:
        record = found.record
        seen = Seen(
            vendor=record.vendor, endpoint=record.endpoint, user_agent=record.user_agent, via=record.via
        )
        terms = self._terms
        return left_out(found.event, seen, self._setup.policy, segment=terms.segment, marks=terms.marks)

    def _renamed(self, event: Event) -> Event:
        fields = self._setup.policy.fields
        return rewritten(event, fields) if fields else event

    def _source(self, found: Found) -> Source:
        return source_of(found.record, found.event, found.chunk, self._terms.zone)
