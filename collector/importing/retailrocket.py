"""Import of a file of Retail Rocket's open data, and what one row of it means.

A row is one event of one visitor with one product: a view, an addition to the cart, or a line
of an order. The format has no price, no quantity and no session. See docs/import.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.event import DecimalText, Event, EventName, Item
from collector.ids import IdMaker
from collector.importing.table import Append, Clock, Format, ImportReport, Progress, import_table
from collector.store.files import Row
from collector.wire import Shop

COLUMNS = ("timestamp", "visitorid", "event", "itemid", "transactionid")
KINDS: dict[str, EventName] = {"view": "view_item", "addtocart": "add_to_cart", "transaction": "purchase"}
NUMBERED = {"0": "view", "1": "addtocart", "2": "transaction"}
"""Names as some copies of the data number them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"[0-9]{1,15}", re.ASCII)


def event_of(row: Row, *, seq: int, event_id: str, currency: str) -> Event:
    """The canonical event of a row that has no fault; no amount is told, so no currency either."""
    moment, visitor, written, product, transaction = (cell.strip() for cell in row)
    kind = NUMBERED.get(written, written)
    event = KINDS[kind]
    is_line = event == "purchase"
    counted = event != "view_item"
    when = _moment(moment)
    assert when is not None, "a row without a usable time has a fault"
    return Event(
        event=event,
        event_id=event_id,
        ts=when,
        ts_source="client",
        seq=seq,
        pointer=f"/{seq}",
        vendor_event=kind,
        is_line=is_line,
        order_key=transaction if is_line else None,
        transaction_id=transaction if is_line else None,
        device_id=visitor or None,
        items=(Item(item_id=product, quantity=DecimalText("1") if counted else None),),
        notes=("quantity_defaulted",) if counted else (),
    )


def fault_of(row: Row, now: datetime) -> str | None:
    """The reason for which a row cannot be an event."""
    if len(row) != len(COLUMNS):
        return "wrong_shape"
    moment, _, written, product, transaction = (cell.strip() for cell in row)
    if not written:
        return "field_missing:event"
    kind = NUMBERED.get(written, written)
    if kind not in KINDS:
        return "event_unknown"
    if not product:
        return "item_id_missing"
    if kind == "transaction" and not transaction:
        return "field_missing:transactionid"
    return _fault_of_time(moment, now)


def _fault_of_time(written: str, now: datetime) -> str | None:
    if not written:
        return "ts_missing"
    moment = _moment(written)
    if moment is None:
        return "ts_invalid"
    return None if EARLIEST <= moment <= now + timedelta(hours=24) else "ts_out_of_range"


def _moment(text: str) -> datetime | None:
    """Milliseconds since 1970, as the data was published, or an ISO 8601 time; UTC without an offset."""
    if _MILLISECONDS.fullmatch(text):
        milliseconds = int(text)
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds < 10**14 else None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


FORMAT = Format(
    title="Retail Rocket's open data",
    vendor="retailrocket",
    endpoint="rr.import",
    columns=COLUMNS,
    required=("timestamp", "visitorid", "event", "itemid"),
    kind="event",
    fault_of=fault_of,
    event_of=event_of,
)


async def import_retailrocket(
    path: Path, shop: Shop, append: Append, *, now: Clock, ids: IdMaker, progress: Progress
) -> ImportReport:
    """Store every row of the file; see `import_table`."""
    return await import_table(FORMAT, path, shop, append, now=now, ids=ids, progress=progress)
