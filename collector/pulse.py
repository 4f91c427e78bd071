"""What one shop does now: its last events, its counts a minute, who was seen.

Everything is bounded. Nothing here knows the log or threads; `collector.tail` feeds it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, Literal

from collector.entry import ALL, LONGEST, Entry, Wanted, entry_of
from collector.seen import Seen, SeenEvent, SeenRecord, each

FEED: Final = 2_000
TROUBLED: Final = 200
TESTED: Final = 500
MOST_DEVICES: Final = 2_000
MINUTES: Final = 30
HORIZON: Final = timedelta(minutes=MINUTES + 5)
MOST_VISITORS: Final = 500_000
MOST_ITEMS: Final = 2_000
_COLUMN: Final = {"view_item": 0, "add_to_cart": 1, "purchase": 2}

Shelf = Literal["feed", "kept"]
"""The last events of all; or beside them the last that were troubled or belong to a test, which stay longer."""


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
    counts by event name; refused events count under "refused". `entries` is newest first, of those
    that were asked for, and `matched` is how many of those there are. `first` and `first_trouble`
    are the first events that the tail saw at all; `stray` is a request that named a shop that there
    is not, and perhaps meant this one, which still waits for its first event.
    """

    seq: int
    visitors_5: int
    visitors_30: int
    minutes: tuple[tuple[datetime, Mapping[str, int]], ...]
    entries: tuple[Entry, ...]
    products: tuple[Product, ...]
    matched: int = 0
    first: Entry | None = None
    first_trouble: Entry | None = None
    stray: Entry | None = None


@dataclass(slots=True)
class _Minute:
    events: Counter[str] = field(default_factory=Counter)
    items: dict[str, list[int]] = field(default_factory=dict)  # views, adds, purchases


class Pulse:
    """The state of one shop. Not thread-safe: the tail holds its lock."""

    def __init__(self) -> None:
        self.seq = 0
        self._feed: deque[Entry] = deque(maxlen=FEED)
        self._troubled: deque[Entry] = deque(maxlen=TROUBLED)
        self._tested: deque[Entry] = deque(maxlen=TESTED)
        self._tests: OrderedDict[str, str] = OrderedDict()  # the test of a device
        self._floors: OrderedDict[str, int] = OrderedDict()  # where a test was reset, "" for all
        self._first: Entry | None = None
        self._first_trouble: Entry | None = None
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
        if record.refused:
            minute.events["refused"] += len(record.refused)
        for seen in each(record):
            self._append(seen)

    def snapshot(
        self, now: datetime, *, after: int, entries: int, wanted: Wanted = ALL, shelf: Shelf = "feed"
    ) -> Snapshot:
        """The shop at `now`, with at most `entries` entries newer than `after`."""
        self._forget(now)
        fresh = takewhile(lambda entry: entry.seq > after, self._newest(shelf))
        asked = [entry for entry in fresh if wanted == ALL or wanted.takes(entry)]
        return Snapshot(
            seq=self.seq,
            visitors_5=self._seen_since(now - timedelta(minutes=5)),
            visitors_30=self._seen_since(now - timedelta(minutes=MINUTES)),
            minutes=self._counts(now),
            entries=tuple(asked[:entries]),
            matched=self.seq - after if after and wanted == ALL else len(asked),
            products=self._products(now),
            first=self._first,
            first_trouble=self._first_trouble,
        )

    @property
    def waits(self) -> bool:
        """Whether nothing came yet."""
        return self._first is None

    def entries(self, wanted: Wanted) -> tuple[Entry, ...]:
        """All that is kept of what is asked for and was not reset, oldest first."""
        floor = max(wanted.after, self._floors.get("", 0))
        kept = takewhile(lambda entry: entry.seq > floor, self._newest("kept"))
        found = [one for one in kept if one.seq > self._floors.get(one.test, 0) and wanted.takes(one)]
        return tuple(reversed(found))

    def reset(self, test: str = "") -> None:
        """Begin anew for a test, or for all: what came before is none of `entries`, and devices are of no test."""
        self._floors[test] = self.seq
        self._floors.move_to_end(test)
        if len(self._floors) > MOST_DEVICES:
            self._floors.popitem(last=False)
        for device in [device for device, own in self._tests.items() if not test or own == test]:
            del self._tests[device]

    def _newest(self, shelf: Shelf) -> Iterable[Entry]:
        """Entries from the newest on; those on several shelves once."""
        if shelf == "feed":
            return reversed(self._feed)
        found = {entry.seq: entry for own in (self._feed, self._troubled, self._tested) for entry in own}
        return (found[seq] for seq in sorted(found, reverse=True))

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
            item_id = item.item_id[:LONGEST]
            if item_id in minute.items or len(minute.items) < MOST_ITEMS:
                minute.items.setdefault(item_id, [0, 0, 0])[column] += 1
            if item.item_name:
                self._names[item_id] = item.item_name[:LONGEST]
                self._names.move_to_end(item_id)
                if len(self._names) > MOST_ITEMS:
                    self._names.popitem(last=False)

    def _append(self, seen: Seen) -> None:
        self.seq += 1
        test, troubled = self._test(seen), seen.troubled
        entry = entry_of(self.seq, seen, test=test, source=seen.source() if test or troubled else "")
        self._feed.append(entry)
        self._first = self._first or entry
        if troubled:
            self._troubled.append(entry)
            if seen.outcome not in ("ignored", "duplicate"):
                self._first_trouble = self._first_trouble or entry
        if test:
            self._tested.append(entry)

    def _test(self, seen: Seen) -> str:
        """The test that the event names, or its device named before: pages that follow need not."""
        named = seen.named()
        if not named and not self._tests:
            return ""
        device = seen.device
        if named and device:
            self._tests[device] = named
            self._tests.move_to_end(device)
            if len(self._tests) > MOST_DEVICES:
                self._tests.popitem(last=False)
        return named or self._tests.get(device, "")

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
