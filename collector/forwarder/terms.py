"""Whose events a destination takes and from when on, and what mapping is told beside an event."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.event import Event
from collector.forwarder.preparing import Moment, ShopFacts
from collector.forwarder.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Whose events are taken, from when on (epoch seconds), and what is known of the shop.

    What had been received before the destination was made has its time to arrive from then on.

    `segment` tells whether an event's visitor is in the destination's segment; None where none is named.
    `marks` are those of loops, see `choosing.left_out`.
    """

    shop_id: str
    zone: ZoneInfo
    start_at: float
    created_at: float = 0.0
    facts: ShopFacts
    segment: Callable[[Event], bool] | None = None
    marks: Collection[str] = ()


def moment_of(source: Source, since: float, now: float) -> Moment:
    """What a mapping is told beside an event: of whole orders, what is known of their last row."""
    return Moment(
        received_at=datetime.fromtimestamp(source.received_at, UTC),
        since=since,
        now=now,
        via=source.via,
        vendor=source.vendor,
        endpoint=source.endpoint,
        request_id=source.request_id,
    )
