"""What earlier events of a visitor leave for the mapping of later ones: the cart and the session."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from collector.event import Event
from collector.forwarder.carts import Cart, after
from collector.forwarder.ledger import Ledger
from collector.forwarder.sources import visitor_of

_TOUCH_S: Final = 3600.0
_carts: Final = msgspec.json.Decoder(Cart)
_BLANK: Final = Cart()


class Remembered(NamedTuple):
    """The cart before and after an event, and the visitor's last session where the event names none."""

    before: Cart = _BLANK
    cart: Cart = _BLANK
    session_id: str | None = None


class Memory:
    """One destination's; the caller holds the transaction. Every event passes, sent on or not."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def see(
        self, event: Event, *, endpoint: str, now: float, carts: bool, empty_at_session_start: bool
    ) -> Remembered:
        """What is known once the event has happened. `carts`: whether carts are kept at all."""
        visitor = visitor_of(event)
        if not visitor:
            return Remembered()
        before = cart = _BLANK
        if carts:
            stored = self._ledger.one("select cart from carts where visitor = ?", visitor)
            before = _carts.decode(stored) if stored is not None else _BLANK
            cart = after(before, event, empty_at_session_start=empty_at_session_start, endpoint=endpoint)
            if cart != before:
                written = msgspec.json.encode(cart).decode()
                self._ledger.change("insert or replace into carts values (?, ?, ?)", visitor, written, now)
        return Remembered(before=before, cart=cart, session_id=self._session(visitor, event, now))

    def learn(self, event: Event, now: float) -> None:
        """Names of products, for events that name only their ids."""
        for item in event.items:
            if item.item_name:
                self._ledger.change(
                    "insert into names values (?1, ?2, ?3) on conflict do update set name = ?2, touched_at = ?3 "
                    "where name <> ?2 or touched_at < ?4",
                    item.item_id,
                    item.item_name,
                    now,
                    now - _TOUCH_S,
                )

    def name(self, item_id: str) -> str | None:
        """What the product was last called."""
        found: str | None = self._ledger.one("select name from names where item_id = ?", item_id)
        return found

    def recall(self, event: Event) -> Remembered:
        """For an event that is sent again: what it changed has changed already, and its cart is not known."""
        return Remembered(session_id=event.session_id or self._known_session(visitor_of(event)))

    def _session(self, visitor: str, event: Event, now: float) -> str | None:
        if not event.session_id:
            return self._known_session(visitor)
        self._ledger.change(
            "insert into visits values (?1, ?2, ?3) on conflict do update set session_id = ?2, touched_at = ?3 "
            "where session_id <> ?2 or touched_at < ?4",
            visitor,
            event.session_id,
            now,
            now - _TOUCH_S,
        )
        return event.session_id

    def _known_session(self, visitor: str) -> str | None:
        found: str | None = self._ledger.one("select session_id from visits where visitor = ?", visitor)
        return found
