"""Orders that are being assembled, and those whose fate is decided, in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from collector.event import DecimalText, Event
from collector.forwarder.health import DEAD
from collector.forwarder.ledger import Ledger
from collector.forwarder.orders import Order, Step, due, key_of, side, step
from collector.forwarder.outcomes import Fate, Outcomes
from collector.forwarder.sources import Source, total

ALONE: Final = "event:"
LATE: Final = "u_late_order_line"
MOST_DUE: Final = 200


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An order's state, and where its rows stand in the log."""

    order: Order
    sources: tuple[Source, ...]


class Ready(NamedTuple):
    """An order to be sent, the rows it is made of, and when the last had been received."""

    event: Event
    sources: tuple[Source, ...]
    received_at: datetime


_held: Final = msgspec.json.Decoder(Held)


class OrderBook:
    """One destination's; the caller holds the transaction."""

    def __init__(self, ledger: Ledger, outcomes: Outcomes) -> None:
        self._ledger = ledger
        self._outcomes = outcomes

    def take(
        self,
        event: Event,
        source: Source,
        *,
        vendor: str,
        endpoint: str,
        at: datetime,
        settle_s: float,
        now: float,
    ) -> Ready | None:
        """Take one row, received `at`; what is ready by it. Fates of rows are noted."""
        key = key_of(event)
        held = self._find(key)
        found = step(
            held.order if held else None, event, vendor=vendor, endpoint=endpoint, now=at, settle_s=settle_s
        )
        known = (*(held.sources if held else ()), source)
        return self._led(key, found, known, source, settle_s, now)

    def due(self, upto: datetime, settle_s: float, now: float) -> Iterator[Ready]:
        """Orders that have waited long enough, if the log has been read up to that moment."""
        keys = self._ledger.rows(
            "select order_key from orders where due_at <= ? order by due_at limit ?",
            upto.timestamp(),
            MOST_DUE,
        )
        for (key,) in keys:
            held = self._find(key)
            found = due(held.order, now=upto, settle_s=settle_s) if held else None
            if held is not None and found is not None:
                ready = self._led(key, found, held.sources, None, settle_s, now)
                if ready is not None:
                    yield ready

    def again(self, event: Event, source: Source) -> Ready | None:
        """A row of an order that was sent, with the whole order; a line that came too late is added to it."""
        held = self._find(key_of(event))
        if held is None or held.order.sent is None:
            return None
        sent = held.order.sent
        joined = [one for one in held.sources if self._dead(one)]
        if self._code(source) == LATE:
            sent = msgspec.structs.replace(sent, items=(*sent.items, *event.items), value=None)
        sources = (source, *(one for one in joined if one.event_id != source.event_id))
        return Ready(sent, sources, datetime.fromtimestamp(source.received_at, UTC))

    def value(self, event: Event) -> DecimalText | None:
        """What the order of a refund or a state was placed at, if that is known."""
        if event.event not in ("refund", "order_status"):
            return None
        held = self._find(key_of(event))
        return total(held.order.sent) if held is not None and held.order.sent is not None else None

    def is_foreign(self, event: Event, vendor: str, endpoint: str) -> bool:
        """Whether another vendor or surface tells this row's order."""
        held = self._find(key_of(event))
        return held is not None and held.order.side != side(vendor, endpoint)

    def passed_on(self, event: Event, source: Source, vendor: str, endpoint: str, now: float) -> None:
        """The row is sent as it came, so that its order is this side's, and is not sent once more."""
        key = key_of(event)
        held, at = self._find(key), datetime.fromtimestamp(source.received_at, UTC)
        order = held.order if held else Order(side=side(vendor, endpoint), since=at, last_at=at)
        ids = (*order.ids, event.event_id)
        if event.is_line or order.sent is not None:
            order = msgspec.structs.replace(order, ids=ids, refused=order.sent is None)
        else:
            order = msgspec.structs.replace(order, ids=ids, sent=event, whole=True)
        self._keep(key, order, (*(held.sources if held else ()), source), 0.0, now)

    def waits(self, event: Event) -> bool:
        """Whether the row is one of those that wait for others."""
        held = self._find(key_of(event))
        return held is not None and any(row.event.event_id == event.event_id for row in held.order.rows)

    def _code(self, source: Source) -> str | None:
        code: str | None = self._ledger.one("select code from outcomes where event_id = ?", source.event_id)
        return code

    def _dead(self, source: Source) -> bool:
        return self._outcomes.state(source.event_id) in DEAD and self._code(source) != LATE

    def _led(
        self,
        key: str,
        found: Step,
        known: tuple[Source, ...],
        row: Source | None,
        settle_s: float,
        now: float,
    ) -> Ready | None:
        by_id = {source.event_id: source for source in known}
        if found.code is not None and row is not None:
            self._fate(row, found.code, now)
        for event_id, code in found.fates.items():
            self._fate(by_id[event_id], code, now)
        self._keep(key, found.order, known, settle_s, now)
        if found.ready is None:
            return None
        sources = tuple(by_id[event_id] for event_id in found.joined)
        last = max(source.received_at for source in sources)
        return Ready(found.ready, sources, datetime.fromtimestamp(last, UTC))

    def _fate(self, source: Source, code: str, now: float) -> None:
        if code.startswith("s_"):
            self._outcomes.skipped(source, code)
        else:
            self._outcomes.note([source], Fate(state="undeliverable", code=code), now)

    def _find(self, key: str) -> Held | None:
        stored = self._ledger.one("select held from orders where order_key = ?", key)
        return None if stored is None else _held.decode(stored)

    def _keep(
        self, key: str, order: Order | None, sources: tuple[Source, ...], settle_s: float, now: float
    ) -> None:
        if order is None or (key.startswith(ALONE) and not order.rows):
            self._ledger.change("delete from orders where order_key = ?", key)
            return
        mine = tuple({source.event_id: source for source in sources if source.event_id in order.ids}.values())
        due_at = order.last_at.timestamp() + settle_s if order.rows else None
        written = msgspec.json.encode(Held(order=order, sources=mine)).decode()
        self._ledger.change("insert or replace into orders values (?, ?, ?, ?)", key, written, due_at, now)
