"""From an event that is wanted to what waits for delivery, or to its fate: renaming, carts, mapping, lanes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.destinations.contract import Command, Context, Deliverable, Destination, Mapped, Undeliverable
from collector.event import DecimalText, Event
from collector.forwarder.memory import Remembered
from collector.forwarder.outcomes import Fate, Outcomes
from collector.forwarder.packing import Setup
from collector.forwarder.sources import Source, visitor_of
from collector.forwarder.waiting import Lanes, Waiting, lane_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What mapping needs to know of the shop."""

    shop_id: str = ""
    currency: str = ""
    empty_cart_at_session_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`received_at` of the event; `since` from when its time to be delivered counts; `via`: marks of loops."""

    received_at: datetime
    since: float
    now: float
    via: tuple[str, ...] = ()
    vendor: str = ""
    endpoint: str = ""
    request_id: str = ""


class Preparing:
    """One destination's; the caller holds the transaction."""

    def __init__(
        self,
        lanes: Lanes,
        outcomes: Outcomes,
        *,
        names: Callable[[str], str | None],
        order_value: Callable[[Event], DecimalText | None],
    ) -> None:
        self._names = names
        self._order_value = order_value
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
        self.wait(mapped, sources, moment, visitor=visitor_of(event), stale_at=self.stale_at(event))

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
        lane = mapped.lane or visitor or sources[0].event_id
        row = Waiting(
            lane=lane_of(lane, limits.lanes),
            visitor=lane,
            sources=tuple(sources),
            commands=mapped.commands,
            losses=mapped.losses,
            via=moment.via,
            leads=any(command.leads for command in mapped.commands),
            since=moment.since,
            due_at=moment.now + limits.linger_s,
            stale_at=stale_at,
            expires_at=moment.since + self._setup.policy.expire_s,
            complaints={},
        )
        fate = self._fate(row, limits.bytes, moment.now)
        if fate is None:
            self._lanes.add(row, moment.now)
        else:
            self._outcomes.note(sources, fate, moment.now)

    def stale_at(self, event: Event, *, relayed: bool = False) -> float | None:
        """When the vendor would count the event at another time than its own.

        Told again as it came, an event that came without a time has none.
        """
        kind = self._setup.kind
        if (relayed and event.ts_source == "server") or kind.timeless(event, self._setup.options):
            return event.ts.timestamp() + self._setup.policy.max_age_s
        return event.ts.timestamp() + kind.oldest_s if kind.oldest_s else None

    def _fate(self, row: Waiting, most_bytes: int, now: float) -> Fate | None:
        if row.stale_at is not None and now > row.stale_at:
            return Fate(state="undeliverable", code=stale_code(self._setup.kind))
        if now > row.expires_at:
            return Fate(state="expired", code="x_expired")
        if any(_size(command) > most_bytes for command in row.commands):
            return Fate(state="undeliverable", code="u_too_large")
        return None

    def _context(self, event: Event, moment: Moment, known: Remembered) -> Context:
        return Context(
            options=self._setup.options,
            received_at=moment.received_at,
            shop_id=self._shop.shop_id,
            vendor=moment.vendor,
            endpoint=moment.endpoint,
            request_id=moment.request_id,
            currency=self._shop.currency,
            cart=known.cart.told,
            before=known.before.told,
            cart_ref=known.cart.ref,
            session_id=known.session_id,
            item_name=self._names,
            order_value=self._order_value(event),
        )


def stale_code(kind: Destination) -> str:
    """What becomes of an event that is too old to be told."""
    return "u_ts_out_of_range" if kind.oldest_s else "u_stale_no_event_time"


def _size(command: Command) -> int:
    return len(command.body.encode())
