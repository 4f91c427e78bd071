"""Import of a file of REES46's open data through the log: bounded memory, safe to repeat."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from collector.errors import OperatorError
from collector.event import Event
from collector.ids import IdMaker, keyed_id
from collector.importing.occurrences import Occurrences, digest_of
from collector.importing.rees46_row import COLUMNS, REQUIRED, event_of, fault_of
from collector.record import RawRecord, Record, Refused, encode
from collector.store.files import Row, columns_of, count_rows, read_rows
from collector.wire import Shop

VENDOR = "rees46"
ENDPOINT = "rees46.import"
ROWS_PER_RECORD = 500
RECORDS_AT_ONCE = 16  # they share a sync of the log

Clock = Callable[[], datetime]
Append = Callable[[bytes], Awaitable[None]]
Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import sent to the log; rows that were already stored are counted too."""

    rows: int
    refused: int
    by_event: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None


async def import_rees46(
    path: Path,
    shop: Shop,
    append: Append,
    *,
    now: Clock,
    ids: IdMaker,
    progress: Progress,
    src: str | None = None,
) -> ImportReport:
    """Store every row of the file, or only those whose `src` column says so.

    Safe to repeat: a row keeps its event id, so nothing is stored twice. Raises
    OperatorError for a file that is not of this format, and what `append` raises.
    """
    _check_columns(path)
    total = count_rows(path)
    progress(0, total)
    seen = Occurrences(total)
    for rows in read_rows(path, COLUMNS, 10_000):
        seen.mark(rows)
    importer = _Importer(path.name, shop, now, ids, seen)
    waiting: list[bytes] = []
    done = 0
    for rows in read_rows(path, COLUMNS, ROWS_PER_RECORD):
        record = importer.record([row for row in rows if src is None or row[-1] == src or len(row) == 1])
        if record is not None:
            waiting.append(encode(record))
        done += len(rows)
        if len(waiting) == RECORDS_AT_ONCE:
            await _append_all(waiting, append)
            waiting.clear()
            progress(done, max(total, done))
    await _append_all(waiting, append)
    progress(done, done)
    return importer.report()


def _check_columns(path: Path) -> None:
    missing = [name for name in REQUIRED if name not in columns_of(path)]
    if missing:
        raise OperatorError(f"{path.name} is not REES46 open data: no column {', '.join(missing)}")


async def _append_all(records: Sequence[bytes], append: Append) -> None:
    outcomes = await asyncio.gather(*(append(record) for record in records), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome


class _Importer:
    """Makes records of rows and keeps the report."""

    def __init__(self, name: str, shop: Shop, now: Clock, ids: IdMaker, seen: Occurrences) -> None:
        self._name = name
        self._shop = shop
        self._now = now
        self._ids = ids
        self._seen = seen
        self._rows = 0
        self._events: Counter[str] = Counter()
        self._times: list[datetime] = []

    def record(self, rows: Sequence[Row]) -> Record | None:
        """One record of up to 500 rows; None where there are none."""
        if not rows:
            return None
        now = self._now()
        events: list[Event] = []
        refused: list[Refused] = []
        for seq, row in enumerate(rows):
            event = self._event(seq, row, now)
            if isinstance(event, Event):
                events.append(event)
            else:
                refused.append(event)
        self._count(len(rows), events)
        return Record(
            request_id=self._ids(now),
            received_at=now,
            shop_id=self._shop.shop_id,
            vendor=VENDOR,
            endpoint=ENDPOINT,
            raw=_raw(self._name, rows),
            events=tuple(events),
            refused=tuple(refused),
        )

    def report(self) -> ImportReport:
        return ImportReport(
            rows=self._rows,
            refused=self._rows - self._events.total(),
            by_event=dict(sorted(self._events.items())),
            first=min(self._times, default=None),
            last=max(self._times, default=None),
        )

    def _count(self, rows: int, events: Sequence[Event]) -> None:
        self._rows += rows
        self._events.update(event.event for event in events)
        if events:
            times = [event.ts for event in events] + self._times
            self._times = [min(times), max(times)]

    def _event(self, seq: int, row: Row, now: datetime) -> Event | Refused:
        """The event of a row, or why it has none; equal rows are numbered either way."""
        digest = digest_of(row)
        occurrence = self._seen.number(digest)
        code = fault_of(row, now)
        if code:
            name = row[1] if len(row) > 1 else ""
            return Refused(seq=seq, outcome="quarantined", codes=(code,), pointer=f"/{seq}", name=name)
        event_id = keyed_id(self._shop.shop_id, VENDOR, "import", digest.hex(), str(occurrence))
        return event_of(row, seq=seq, event_id=event_id, currency=self._shop.currency)


def _raw(name: str, rows: Sequence[Row]) -> RawRecord:
    """The rows as they were read, one JSON object a line."""
    lines: Iterator[dict[str, str]] = (
        dict(zip(COLUMNS, row, strict=True)) if len(row) == len(COLUMNS) else {"line": row[0]} for row in rows
    )
    return RawRecord(
        method="IMPORT",
        path=name,
        content_type="application/x-ndjson",
        body=msgspec.json.Encoder().encode_lines(list(lines)).decode(),
    )
