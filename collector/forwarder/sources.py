"""Which events of the log something to deliver is made of, and where they can be read again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.event import DecimalText, Event, decimal_text
from collector.log import Chunk, Position
from collector.record import Record


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a request. `name` is the event's name, a custom one's own. Times are epoch seconds.

    `worker`, `segment` and `place` are the start of the chunk of the log in which its request stands.
    """

    event_id: str
    request_id: str
    seq: int
    name: str
    day: str
    ts: float
    received_at: float
    worker: str
    segment: int
    place: int
    order_key: str | None = None
    value: str | None = None
    currency: str | None = None
    via: tuple[str, ...] = ()
    vendor: str = ""
    endpoint: str = ""

    @property
    def start(self) -> Position:
        return Position(self.segment, self.place)


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(tuple[Source, ...])


def written(sources: Sequence[Source]) -> str:
    return _encoder.encode(list(sources)).decode()


def read(text: str) -> tuple[Source, ...]:
    return _decoder.decode(text)


def source_of(record: Record, event: Event, chunk: Chunk, zone: ZoneInfo) -> Source:
    """An event of a record of that chunk; its day is the shop's."""
    order = event.event == "purchase"
    return Source(
        event_id=event.event_id,
        request_id=record.request_id,
        seq=event.seq,
        name=name_of(event),
        day=event.ts.astimezone(zone).date().isoformat(),
        ts=event.ts.timestamp(),
        received_at=record.received_at.timestamp(),
        worker=chunk.worker,
        segment=chunk.start.segment,
        place=chunk.start.offset,
        order_key=(event.order_key or event.transaction_id) if order else None,
        value=total(event) if order else None,
        currency=event.currency if order else None,
        via=record.via,
        vendor=record.vendor,
        endpoint=record.endpoint,
    )


def total(event: Event) -> DecimalText | None:
    """As it was told, else what its lines come to; None where a price is not known."""
    if event.value is not None:
        return event.value
    if not event.items or any(item.price is None for item in event.items):
        return None
    return decimal_text(
        sum((Decimal(item.price or "0") * Decimal(item.quantity or "1") for item in event.items), Decimal())
    )


def name_of(event: Event) -> str:
    """What people call the event: a custom one by its own name."""
    return (event.custom_name if event.event == "custom" else None) or event.event


def visitor_of(event: Event) -> str:
    """Whose order has to be kept: the first id there is. Events of nobody share a lane."""
    return event.device_id or event.user_id or event.email or event.phone or event.account_id or ""
