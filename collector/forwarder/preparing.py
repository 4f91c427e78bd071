"""From an event that is wanted to what waits for delivery, or to its fate: renaming, carts, mapping, lanes."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.destinations.contract import Command, Context, Deliverable, Mapped, Undeliverable
from collector.event import Event
from collector.forwarder.memory import Remembered
from collector.forwarder.outcomes import Fate, Outcomes
from collector.forwarder.packing import Setup
from collector.forwarder.sources import Source, visitor_of
from collector.forwarder.waiting import Lanes, Waiting

LINGER_S: Final = 1.0
"""What other workers wrote of the same visitor in the meantime is read by then."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What mapping needs to know of the shop. `item_name` looks up a product's name."""

    currency: str = ""
    empty_cart_at_session_start: bool = False
    item_name: Callable[[str], str | None] = lambda item_id: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`received_at` of the event; `since` from when its time to be delivered counts; `now`: epoch seconds."""

    received_at: datetime
    since: float
    now: float


class Preparing:
    """One destination's; the caller holds the transaction."""

    def __init__(self, lanes: Lanes, outcomes: Outcomes) -> None:
        self._lanes = lanes
        self._outcomes = outcomes

    def set_up(self, setup: Setup, shop: ShopFacts) -> None:
        self._setup = setup
        self._shop = shop

    def prepare(self, event: Event, sources: Sequence[Source], moment: Moment, known: Remembered) -> None:
        """Let it wait, or note why it cannot be delivered. The event is renamed already."""
        context = self._context(event, moment, known)
        mapped: Mapped
        try:
            mapped = self._setup.kind.map(event, context)
        except Exception:
            _log.exception("an event could not be put into the words of a destination")
            self._outcomes.note(sources, Fate(state="failed", code="r_broken"), moment.now)
            return
        if isinstance(mapped, Undeliverable):
            self._outcomes.note(sources, Fate(state="undeliverable", code=mapped.code), moment.now)
            return
        timeless = self._setup.kind.timeless(event, self._setup.options)
        stale_at = event.ts.timestamp() + self._setup.policy.max_age_s if timeless else None
        self.wait(mapped, sources, moment, visitor=visitor_of(event), stale_at=stale_at)

    def wait(
        self,
        mapped: Deliverable,
        sources: Sequence[Source],
        moment: Moment,
        *,
        visitor: str,
        stale_at: float | None = None,
    ) -> None:
        """What is too old already, or larger than the vendor takes, does not wait."""
        limits = self._setup.limits
        row = Waiting(
            lane=self._lane(mapped.lane or visitor or sources[0].event_id, limits.lanes),
            visitor=mapped.lane or visitor or sources[0].event_id,
            sources=tuple(sources),
            commands=mapped.commands,
            losses=mapped.losses,
            leads=any(command.leads for command in mapped.commands),
            since=moment.since,
            due_at=moment.now + getattr(limits, "linger_s", LINGER_S),
            stale_at=stale_at,
            expires_at=moment.since + self._setup.policy.expire_s,
            complaints={},
        )
        fate = self._fate(row, limits.bytes, moment.now)
        if fate is None:
            self._lanes.add(row, moment.now)
        else:
            self._outcomes.note(sources, fate, moment.now)

    def _fate(self, row: Waiting, most_bytes: int, now: float) -> Fate | None:
        if row.stale_at is not None and now > row.stale_at:
            return Fate(state="undeliverable", code="u_stale_no_event_time")
        if now > row.expires_at:
            return Fate(state="expired", code="x_expired")
        if any(_size(command) > most_bytes for command in row.commands):
            return Fate(state="undeliverable", code="u_too_large")
        return None

    def _lane(self, visitor: str, lanes: int) -> int:
        return zlib.crc32(visitor.encode("utf-8", "replace")) % max(1, lanes)

    def _context(self, event: Event, moment: Moment, known: Remembered) -> Context:
        return Context(
            options=self._setup.options,
            received_at=moment.received_at,
            currency=self._shop.currency,
            cart=known.cart.told,
            before=known.before.told,
            cart_ref=known.cart.ref,
            session_id=known.session_id,
            item_name=self._shop.item_name,
        )


def _size(command: Command) -> int:
    return len(command.body.encode())
