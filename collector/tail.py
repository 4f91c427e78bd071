"""The live tail: follows the log in a thread of its own and keeps a pulse of each shop.

Readers pull what is new by sequence number, so that a slow one skips and never queues.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from itertools import islice
from typing import Final

import msgspec

from collector.entry import ALL, LONGEST, Entry, Wanted, entry_of
from collector.log import Chunk, LogReader, Position
from collector.pulse import HORIZON, Pulse, Shelf, Snapshot
from collector.seen import SeenRecord, each

READ_BYTES: Final = 4 * 1024 * 1024
POLL_SECONDS: Final = 0.05
STRAYS: Final = 50
NEAR: Final = 0.8
LEAST: Final = 4
SAMPLE: Final = "SHOP_ID"
"""What our own examples have in the place of a shop's id."""
_log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(SeenRecord)


@dataclass(slots=True)
class _Shop:
    pulse: Pulse = field(default_factory=Pulse)
    notify: list[Callable[[], None]] = field(default_factory=list)
    told: int = 0


class Tail:
    """Follows a log and answers for each shop. `clock` gives aware UTC.

    `log` is a reader of its own: `run` (or `poll`) uses it from one thread. What was
    received more than 35 minutes ago is passed over.
    """

    def __init__(self, log: LogReader, *, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._shops: dict[str, _Shop] = {}
        self._strays: deque[tuple[str, Entry]] = deque(maxlen=STRAYS)
        self._strayed = False
        self._positions = _begin(log)

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set."""
        while not stop.is_set():
            try:
                read = self.poll()
            except Exception:
                _log.exception("the live tail could not read; it tries again")
                stop.wait(1.0)
                continue
            if not read:
                stop.wait(POLL_SECONDS)

    def poll(self) -> int:
        """Take in what is new, at most some megabytes; the number of records read.

        What several workers wrote meanwhile is taken in by the time it was received.
        """
        read = 0
        found: list[SeenRecord] = []
        for chunk in self._log.read(dict(self._positions), READ_BYTES):
            found += self._seen(chunk)
            self._positions[chunk.worker] = chunk.end
            read += chunk.records
        found.sort(key=lambda record: record.received_at)
        with self._lock:
            for record in found:
                self._add(record)
        if read:
            self._tell()
        return read

    def snapshot(
        self, shop_id: str, *, after: int = 0, entries: int = 200, wanted: Wanted = ALL, shelf: Shelf = "feed"
    ) -> Snapshot:
        """The shop now, with the newest `entries` entries after sequence number `after` that are wanted."""
        now = self._clock()
        with self._lock:
            pulse = self._shops[shop_id].pulse if shop_id in self._shops else Pulse()
            found = pulse.snapshot(now, after=after, entries=entries, wanted=wanted, shelf=shelf)
            return replace(found, stray=self._stray(shop_id)) if pulse.waits else found

    def entries(self, shop_id: str, wanted: Wanted) -> tuple[int, tuple[Entry, ...]]:
        """The last sequence number, and all that is kept of what is wanted, oldest first."""
        with self._lock:
            pulse = self._shops[shop_id].pulse if shop_id in self._shops else Pulse()
            return pulse.seq, pulse.entries(wanted)

    def reset(self, shop_id: str, test: str = "") -> int:
        """Begin anew for a test of the shop, or for all of its events; the last sequence number."""
        with self._lock:
            if shop_id not in self._shops:
                return 0
            pulse = self._shops[shop_id].pulse
            pulse.reset(test)
            return pulse.seq

    def subscribe(self, shop_id: str, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` from the tail's thread after changes, at most once a read; returns what ends it."""
        with self._lock:
            shop = self._shops.setdefault(shop_id, _Shop())
            shop.notify.append(notify)

        def end() -> None:
            with self._lock:
                shop.notify.remove(notify)

        return end

    def _seen(self, chunk: Chunk) -> list[SeenRecord]:
        """The chunk's records that are young enough to be shown."""
        oldest = self._clock() - HORIZON
        lines = chunk.data.splitlines()
        if not lines or _moment(lines[-1]) < oldest:
            return []
        return [record for line in lines if (record := _decoded(line)) and record.received_at >= oldest]

    def _add(self, record: SeenRecord) -> None:
        """A rejected request may claim any shop: that alone makes no state."""
        known = record.events or any(one.outcome != "rejected" for one in record.refused)
        if known or record.shop_id in self._shops:
            self._shops.setdefault(record.shop_id, _Shop()).pulse.take(record)
        elif record.refused:
            self._strayed = True
            self._strays.extend(
                (record.shop_id[:LONGEST], entry_of(0, seen, source=seen.source()))
                for seen in islice(each(record), 1)
            )

    def _stray(self, shop_id: str) -> Entry | None:
        """The last request whose shop there is not, and whose id is the sample's or nearly this one."""
        for claimed, entry in reversed(self._strays):
            near = SequenceMatcher(None, claimed, shop_id).ratio() >= NEAR
            if claimed == SAMPLE or near or (len(shop_id) >= LEAST and shop_id in claimed):
                return entry
        return None

    def _tell(self) -> None:
        with self._lock:
            strayed, self._strayed = self._strayed, False
            shops = self._shops.values()
            changed = [shop for shop in shops if shop.pulse.seq > shop.told or (strayed and shop.pulse.waits)]
            calls = [call for shop in changed for call in shop.notify]
            for shop in changed:
                shop.told = shop.pulse.seq
        for call in calls:
            call()


def _begin(log: LogReader) -> dict[str, Position]:
    """One segment before the current one of every worker; what is too old is skipped."""
    return {worker: Position(max(at.segment - 1, 0), 0) for worker, at in log.end().items()}


def _decoded(line: bytes) -> SeenRecord | None:
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError:
        _log.warning("a record of the log cannot be shown live; it is kept all the same")
        return None


def _moment(line: bytes) -> datetime:
    record = _decoded(line)
    return record.received_at if record else datetime.max.replace(tzinfo=UTC)
