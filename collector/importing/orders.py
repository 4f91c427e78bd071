"""Import of a shop's own file of order lines: any columns, one purchase an order.

Lines of one order may stand anywhere in the file. A first pass counts the lines of every
order, so that the second can let an order go with its last line: what is held is the
orders that are open, which in a file sorted by order or by time are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import structs

from collector.errors import OperatorError
from collector.event import Event
from collector.ids import IdMaker
from collector.importing.order_columns import OrderFile
from collector.importing.order_events import ENDPOINT, VENDOR, Line, events_of, line_of
from collector.importing.table import (
    RECORDS_AT_ONCE,
    ROWS_PER_RECORD,
    Append,
    Clock,
    ImportReport,
    Progress,
    append_all,
)
from collector.record import RawRecord, Record, Refused, encode
from collector.store.files import Row, columns_of, count_rows, read_rows
from collector.wire import Shop

BATCH = 10_000


async def import_orders(
    form: OrderFile,
    path: Path,
    shop: Shop,
    append: Append,
    *,
    now: Clock,
    ids: IdMaker,
    progress: Progress,
) -> ImportReport:
    """Store every order of the file.

    Safe to repeat: an order with the same lines keeps its event id, one with other lines is
    a later version of the same order. Raises OperatorError for a file without the columns
    that `form` names, and what `append` raises.
    """
    _check_columns(form, path)
    total = count_rows(path)
    progress(0, total)
    importer = _Importer(form, path.name, shop, now, ids)
    for rows in read_rows(path, _names(form), BATCH):
        importer.expect(rows)
    waiting: list[bytes] = []
    done = 0
    for rows in read_rows(path, _names(form), BATCH):
        waiting += [encode(record) for record in importer.records(rows)]
        done += len(rows)
        if len(waiting) >= RECORDS_AT_ONCE:
            await append_all(waiting, append)
            waiting = []
            progress(done, max(total, done))
    waiting += [encode(record) for record in importer.rest()]
    await append_all(waiting, append)
    progress(done, done)
    return importer.report()


def _names(form: OrderFile) -> tuple[str, ...]:
    return tuple(form.columns.values())


def _check_columns(form: OrderFile, path: Path) -> None:
    there = columns_of(path)
    missing = [name for name in _names(form) if name not in there]
    if missing:
        raise OperatorError(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(there)}")


class _Importer:
    """Puts lines together to orders, orders to records, and keeps the report."""

    def __init__(self, form: OrderFile, name: str, shop: Shop, now: Clock, ids: IdMaker) -> None:
        self._form = form
        self._name = name
        self._shop = shop
        self._now = now
        self._ids = ids
        self._place = list(form.columns).index("order")
        self._coming: Counter[str] = Counter()
        self._open: dict[str, list[Row]] = {}
        self._ready: list[list[Row]] = []
        self._held = 0  # rows of orders that are ready
        self._rows = 0
        self._refused = 0
        self._events: Counter[str] = Counter()
        self._span: tuple[datetime, ...] = ()

    def expect(self, rows: Sequence[Row]) -> None:
        """First pass: how many lines every order has."""
        self._coming.update(self._order(row) for row in rows)

    def records(self, rows: Sequence[Row]) -> list[Record]:
        """Second pass: records of the orders that are complete with these rows."""
        found: list[Record] = []
        for row in rows:
            order = self._order(row)
            self._open.setdefault(order, []).append(row)
            self._coming[order] -= 1
            if order and self._coming[order] > 0:
                continue
            self._ready.append(self._open.pop(order))
            self._held += len(self._ready[-1])
            if self._held >= ROWS_PER_RECORD:
                found += self.rest()
        return found

    def rest(self) -> list[Record]:
        """A record of the orders that are complete and in none yet."""
        orders, self._ready, self._held = self._ready, [], 0
        return [self._record(orders)] if orders else []

    def report(self) -> ImportReport:
        return ImportReport(
            rows=self._rows,
            refused=self._refused,
            by_event=dict(sorted(self._events.items())),
            first=self._span[0] if self._span else None,
            last=self._span[1] if self._span else None,
        )

    def _order(self, row: Row) -> str:
        """The number of the row's order; "" for a row that is no line of any."""
        return row[self._place].strip() if len(row) == len(self._form.columns) else ""

    def _record(self, orders: Sequence[Sequence[Row]]) -> Record:
        now = self._now()
        rows: list[Row] = []
        events: list[Event] = []
        refused: list[Refused] = []
        for order in orders:
            told = [line_of(self._form, row, seq, now) for seq, row in enumerate(order, len(rows))]
            refused += [
                _refused(seq, code) for seq, code in enumerate(told, len(rows)) if isinstance(code, str)
            ]
            lines = [line for line in told if isinstance(line, Line)]
            events += events_of(self._form, self._shop.shop_id, lines) if lines else ()
            rows += order
        self._count(rows, events, refused)
        return Record(
            request_id=self._ids(now),
            received_at=now,
            shop_id=self._shop.shop_id,
            vendor=VENDOR,
            endpoint=ENDPOINT,
            raw=self._raw(rows),
            events=tuple(structs.replace(event, seq=seq) for seq, event in enumerate(events)),
            refused=tuple(structs.replace(one, seq=seq) for seq, one in enumerate(refused, len(events))),
        )

    def _count(self, rows: Sequence[Row], events: Sequence[Event], refused: Sequence[Refused]) -> None:
        self._rows += len(rows)
        self._refused += len(refused)
        self._events.update(event.event for event in events)
        times = [event.ts for event in events] + list(self._span)
        self._span = (min(times), max(times)) if times else ()

    def _raw(self, rows: Sequence[Row]) -> RawRecord:
        """The columns that were read of the rows, as they were written, one JSON object a line."""
        names = _names(self._form)
        lines = [
            dict(zip(names, row, strict=True)) if len(row) == len(names) else {"line": row[0]} for row in rows
        ]
        return RawRecord(
            method="IMPORT",
            path=self._name,
            content_type="application/x-ndjson",
            body=msgspec.json.Encoder().encode_lines(lines).decode(),
        )


def _refused(seq: int, code: str) -> Refused:
    """A row that is no line; `seq` is its place among the record's rows."""
    return Refused(seq=seq, outcome="quarantined", codes=(code,), pointer=f"/{seq}", name="order")
