"""What one shop does now: its last events, its counts a minute, who was seen.

Everything is bounded. Nothing here knows the log or threads; `collector.tail` feeds it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

import msgspec

from collector.enrich.device import device_of
from collector.wire import Outcome

FEED: Final = 500
MINUTES: Final = 30
HORIZON: Final = timedelta(minutes=MINUTES + 5)
MOST_VISITORS: Final = 500_000
MOST_ITEMS: Final = 2_000
LONGEST: Final = 200
_COLUMN: Final = {"view_item": 0, "add_to_cart": 1, "purchase": 2}


class SeenItem(msgspec.Struct):
    item_id: str
    item_name: str | None = None


class SeenEvent(msgspec.Struct):
    event: str
    custom_name: str | None = None
    vendor_event: str | None = None
    device_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    items: list[SeenItem] = []
    search_term: str | None = None
    transaction_id: str | None = None
    value: str | None = None
    currency: str | None = None
    recommended_by: str | None = None
    recommended_code: str | None = None
    page_url: str | None = None
    notes: list[str] = []


class SeenRefusal(msgspec.Struct):
    outcome: Outcome
    codes: list[str]
    name: str = ""
    event: SeenEvent | None = None


class SeenRecord(msgspec.Struct):
    """A record of the log with only what is shown live."""

    request_id: str
    received_at: datetime
    shop_id: str
    vendor: str
    endpoint: str
    user_agent: str = ""
    events: list[SeenEvent] = []
    refused: list[SeenRefusal] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of the feed. Texts come from the sender, cut at 200 characters."""

    seq: int
    received_at: datetime
    request_id: str
    vendor: str
    endpoint: str
    event: str
    name: str = ""
    items: tuple[str, ...] = ()
    page: str = ""  # path of the page, without its query
    about: str = ""
    recommended_by: str = ""
    recommended_code: str = ""
    outcome: Outcome
    codes: tuple[str, ...] = ()
    device: str = ""
    visitor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An item by its views, adds and purchases of the last half hour."""

    item_id: str
    item_name: str
    views: int
    adds: int
    purchases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A shop at one moment.

    `minutes` are the last 30 by their first moment, the current one last, each with its
    counts by event name; refused events count under "refused". `entries` is newest first.
    """

    seq: int
    visitors_5: int
    visitors_30: int
    minutes: tuple[tuple[datetime, Mapping[str, int]], ...]
    entries: tuple[Entry, ...]
    products: tuple[Product, ...]


@dataclass(slots=True)
class _Minute:
    events: Counter[str] = field(default_factory=Counter)
    items: dict[str, list[int]] = field(default_factory=dict)  # views, adds, purchases


class Pulse:
    """The state of one shop. Not thread-safe: the tail holds its lock."""

    def __init__(self) -> None:
        self.seq = 0
        self._entries: deque[Entry] = deque(maxlen=FEED)
        self._minutes: dict[int, _Minute] = {}
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._names: OrderedDict[str, str] = OrderedDict()

    def take(self, record: SeenRecord) -> None:
        """Count a record's events and put them into the feed."""
        minute = self._minutes.setdefault(int(record.received_at.timestamp()) // 60, _Minute())
        for event in record.events:
            minute.events[event.event] += 1
            self._see(event, record.received_at)
            self._count(minute, event)
            self._append(record, event, "accepted", event.notes)
        for refused in record.refused:
            minute.events["refused"] += 1
            self._append(record, refused.event, refused.outcome, refused.codes, refused.name)

    def snapshot(self, now: datetime, *, after: int, entries: int) -> Snapshot:
        """The shop at `now`, with at most `entries` entries newer than `after`."""
        self._forget(now)
        fresh = (entry for entry in reversed(self._entries) if entry.seq > after)
        return Snapshot(
            seq=self.seq,
            visitors_5=self._seen_since(now - timedelta(minutes=5)),
            visitors_30=self._seen_since(now - timedelta(minutes=MINUTES)),
            minutes=self._counts(now),
            entries=tuple(islice(fresh, entries)),
            products=self._products(now),
        )

    def _see(self, event: SeenEvent, at: datetime) -> None:
        visitor = event.device_id or event.user_id or event.email or event.phone
        if visitor:
            self._seen[visitor] = max(self._seen.get(visitor, 0.0), at.timestamp())
            self._seen.move_to_end(visitor)
            if len(self._seen) > MOST_VISITORS:
                self._seen.popitem(last=False)

    def _count(self, minute: _Minute, event: SeenEvent) -> None:
        column = _COLUMN.get(event.event)
        if column is None:
            return
        for item in event.items:
            if item.item_id in minute.items or len(minute.items) < MOST_ITEMS:
                minute.items.setdefault(item.item_id, [0, 0, 0])[column] += 1
            if item.item_name:
                self._names[item.item_id] = item.item_name[:LONGEST]
                self._names.move_to_end(item.item_id)
                if len(self._names) > MOST_ITEMS:
                    self._names.popitem(last=False)

    def _append(
        self,
        record: SeenRecord,
        event: SeenEvent | None,
        outcome: Outcome,
        codes: Sequence[str],
        name: str = "",
    ) -> None:
        self.seq += 1
        self._entries.append(_entry(self.seq, record, event or SeenEvent(event=""), outcome, codes, name))

    def _forget(self, now: datetime) -> None:
        oldest = (now - HORIZON).timestamp()
        while self._seen and next(iter(self._seen.values())) < oldest:
            self._seen.popitem(last=False)
        for number in [number for number in self._minutes if number * 60 < oldest - 60]:
            del self._minutes[number]

    def _seen_since(self, moment: datetime) -> int:
        """Visitors are kept in the order in which they were last seen, so the newest come first."""
        since, found = moment.timestamp(), 0
        for at in reversed(self._seen.values()):
            if at < since:
                break
            found += 1
        return found

    def _counts(self, now: datetime) -> tuple[tuple[datetime, Mapping[str, int]], ...]:
        current, empty = int(now.timestamp()) // 60, _Minute()
        return tuple(
            (datetime.fromtimestamp(number * 60, UTC), dict(self._minutes.get(number, empty).events))
            for number in range(current - MINUTES + 1, current + 1)
        )

    def _products(self, now: datetime) -> tuple[Product, ...]:
        """The ten busiest items: purchases decide, then adds, then views."""
        oldest = int(now.timestamp()) // 60 - MINUTES
        total: dict[str, list[int]] = {}
        for number, minute in self._minutes.items():
            for item_id, counts in minute.items.items() if number > oldest else ():
                sums = total.setdefault(item_id, [0, 0, 0])
                sums[:] = [one + more for one, more in zip(sums, counts, strict=True)]
        best = sorted(total.items(), key=lambda pair: (-pair[1][2], -pair[1][1], -pair[1][0], pair[0]))[:10]
        return tuple(
            Product(item_id=key, item_name=self._names.get(key, ""), views=v, adds=a, purchases=p)
            for key, (v, a, p) in best
        )


def _entry(
    seq: int, record: SeenRecord, event: SeenEvent, outcome: Outcome, codes: Sequence[str], name: str
) -> Entry:
    return Entry(
        seq=seq,
        received_at=record.received_at,
        request_id=record.request_id,
        vendor=record.vendor,
        endpoint=record.endpoint,
        event=event.event,
        name=(name or event.custom_name or event.vendor_event or "")[:LONGEST],
        items=tuple(item.item_id[:LONGEST] for item in event.items[:5]),
        page=_path(event.page_url),
        about=(event.search_term or event.transaction_id or "")[:LONGEST],
        recommended_by=(event.recommended_by or "")[:LONGEST],
        recommended_code=(event.recommended_code or "")[:LONGEST],
        outcome=outcome,
        codes=tuple(codes[:10]),
        device=_device(record.user_agent),
        visitor=(event.device_id or event.user_id or "")[:8],
    )


def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path[:LONGEST]
    except ValueError:
        return ""


def _device(user_agent: str) -> str:
    device = device_of(user_agent)
    return " · ".join(part for part in (device.browser, device.os) if part)
