"""What the events of one entry of a batch have in common: name, order, and which of them are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from collector.reading.values import identifier

ORDER_IDS = ("orderId", "order_id", "transactionId", "transaction_id")
_NOTHING: Mapping[str, Any] = {}


def data_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event's data; empty where there is none, or something else in its place."""
    data = payload.get("data")
    return data if isinstance(data, dict) else _NOTHING


def product_of(payload: Mapping[str, Any]) -> str | None:
    """The product's id, which stands in the data or beside it."""
    return identifier(data_of(payload).get("productId")) or identifier(payload.get("productId"))


def order_id_of(data: Mapping[str, Any]) -> str | None:
    """The order's id under any of its names."""
    return next(filter(None, (identifier(data.get(name)) for name in ORDER_IDS)), None)


class Entry(msgspec.Struct, kw_only=True):
    """`order_id` is the one that some line of the entry names, `first_id` the first event's own id."""

    name: str
    source: str
    order_id: str | None = None
    first_id: str | None = None
    counts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    @classmethod
    def of(cls, name: str, source: str, payload: Sequence[Any]) -> Entry:
        """The entry around its payload."""
        events = [one for one in payload if isinstance(one, dict)]
        return cls(
            name=name,
            source=source,
            order_id=_first(order_id_of(data_of(one)) for one in events),
            first_id=_first(identifier(one.get("eventId")) for one in events),
        )

    def key(self, payload: Mapping[str, Any], index: int) -> tuple[str, ...]:
        """What makes a repeat the same event; nothing where the event has no id of its own.

        Lines of one order may share an id, so the product counts too, and of equal products which one
        it is in this entry.
        """
        event_id = identifier(payload.get("eventId"))
        if event_id is None:
            return ()
        line = product_of(payload) or str(index)
        occurrence = self.counts[event_id, line]
        self.counts[event_id, line] += 1
        return ("track", self.source, event_id, self.name, line, str(occurrence))


def _first(values: Iterator[str | None]) -> str | None:
    return next(filter(None, values), None)
