"""Import of a file whose rows are events, through the log: bounded memory, safe to repeat.

What a row means is its format's to say; here rows are read, numbered, packed and reported.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from collector.errors import OperatorError
from collector.event import Event
from collector.ids import IdMaker, keyed_id
from collector.importing.occurrences import Occurrences, digest_of
from collector.record import RawRecord, Record, Refused, encode
from collector.store.files import Row, columns_of, count_rows, read_rows
from collector.wire import Shop

ROWS_PER_RECORD = 500
RECORDS_AT_ONCE = 16  # they share a sync of the log

Clock = Callable[[], datetime]
Append = Callable[[bytes], Awaitable[None]]
Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""


class EventOf(Protocol):
    """The canonical event of a row that has no fault."""

    def __call__(self, row: Row, *, seq: int, event_id: str, currency: str) -> Event: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file: its columns, which of them it cannot do without, and what a row of it means.

    `kind` is the column with the event's name. `fault_of` gives the reason for which a row
    cannot be an event, or None; it is asked before `event_of`.
    """

    title: str
    vendor: str
    endpoint: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    kind: str
    fault_of: Callable[[Row, datetime], str | None]
    event_of: EventOf


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import sent to the log; rows that were already stored are counted too."""

    rows: int
    refused: int
    by_event: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None


async def import_table(
    form: Format,
    path: Path,
    shop: Shop,
    append: Append,
    *,
    now: Clock,
    ids: IdMaker,
    progress: Progress,
    wanted: Callable[[Row], bool] = lambda row: True,
) -> ImportReport:
    """Store every wanted row of the file.

    Safe to repeat: a row keeps its event id, so nothing is stored twice. Raises
    OperatorError for a file that is not of this format, and what `append` raises.
    """
    _check_columns(form, path)
    total = count_rows(path)
    progress(0, total)
    seen = Occurrences(total)
    for rows in read_rows(path, form.columns, 10_000):
        seen.mark(rows)
    importer = _Importer(form, path.name, shop, now, ids, seen)
    done = 0
    for some in _grouped(read_rows(path, form.columns, ROWS_PER_RECORD)):
        records = [importer.record([row for row in rows if wanted(row)]) for rows in some]
        await append_all([encode(record) for record in records if record is not None], append)
        done += sum(map(len, some))
        if len(some) == RECORDS_AT_ONCE:  # else it was the last, whose total is known below
            progress(done, max(total, done))
    progress(done, done)
    return importer.report()


def _grouped(batches: Iterator[list[Row]]) -> Iterator[list[list[Row]]]:
    """As many batches at once as share a sync of the log."""
    while some := list(islice(batches, RECORDS_AT_ONCE)):
        yield some


def _check_columns(form: Format, path: Path) -> None:
    missing = [name for name in form.required if name not in columns_of(path)]
    if missing:
        raise OperatorError(f"{path.name} is not {form.title}: no column {', '.join(missing)}")


async def append_all(records: Sequence[bytes], append: Append) -> None:
    """Append records so that they share a sync; raises what the first that failed raised."""
    outcomes = await asyncio.gather(*(append(record) for record in records), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome


class _Importer:
    """Makes records of rows and keeps the report."""

    def __init__(
        self, form: Format, name: str, shop: Shop, now: Clock, ids: IdMaker, seen: Occurrences
    ) -> None:
        self._form = form
        self._name = name
        self._shop = shop
        self._now = now
        self._ids = ids
        self._seen = seen
        self._kind = form.columns.index(form.kind)
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
            vendor=self._form.vendor,
            endpoint=self._form.endpoint,
            raw=self._raw(rows),
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
        form, digest = self._form, digest_of(row)
        occurrence = self._seen.number(digest)
        code = form.fault_of(row, now)
        if code:
            name = row[self._kind] if len(row) == len(form.columns) else ""
            return Refused(seq=seq, outcome="quarantined", codes=(code,), pointer=f"/{seq}", name=name)
        event_id = keyed_id(self._shop.shop_id, form.vendor, "import", digest.hex(), str(occurrence))
        return form.event_of(row, seq=seq, event_id=event_id, currency=self._shop.currency)

    def _raw(self, rows: Sequence[Row]) -> RawRecord:
        """The rows as they were read, one JSON object a line."""
        columns = self._form.columns
        lines: Iterator[dict[str, str]] = (
            dict(zip(columns, row, strict=True)) if len(row) == len(columns) else {"line": row[0]}
            for row in rows
        )
        return RawRecord(
            method="IMPORT",
            path=self._name,
            content_type="application/x-ndjson",
            body=msgspec.json.Encoder().encode_lines(list(lines)).decode(),
        )
