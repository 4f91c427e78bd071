"""One purchase out of the rows of an order: lines, with or without a row that tells of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from collector.event import Event

OF_WHOLE: Final = frozenset({"value", "tax", "shipping"})
"""Told of the whole order only: what a line says of them may be its own share."""

IDENTITY: Final = frozenset({"device_id", "user_id", "email", "phone", "session_id", "account_id"})

_APART: Final = frozenset(
    {
        "event",
        "event_id",
        "ts",
        "ts_source",
        "seq",
        "pointer",
        "is_line",
        "items",
        "alias",
        "ids",
        "props",
        "notes",
    }
)
_SHARED: Final = tuple(name for name in Event.__struct_fields__ if name not in _APART)


def of_one_currency(events: Sequence[Event]) -> bool:
    """Whether the rows name at most one currency."""
    return len({event.currency for event in events if event.currency}) <= 1


def assembled(events: Sequence[Event]) -> Event:
    """A purchase of rows in their order of arrival: the items of all lines, the first row's id, the earliest time.

    Rows that tell of the whole order count before lines, the latest of them first. A field that only lines have
    counts where they agree; their value never does. Whom it is about stands in whichever row says it first.
    """
    headers = [event for event in reversed(events) if not event.is_line]
    lines = [event for event in events if event.is_line]
    first = events[0]
    return replace(
        combined([*headers, *lines]),
        event_id=first.event_id,
        seq=first.seq,
        pointer=first.pointer,
        items=tuple(item for event in lines for item in event.items),
    )


def combined(rows: Sequence[Event]) -> Event:
    """The first row, filled up from the others; items and id are the first row's, the time is the earliest."""
    earliest = min(rows, key=lambda row: row.ts)
    columns: dict[str, Any] = {name: _shared(name, rows) for name in _SHARED}
    columns.update(ts=earliest.ts, ts_source=earliest.ts_source, is_line=False)
    columns["alias"] = _once([entry for row in rows for entry in row.alias])
    columns["notes"] = _once([note for row in rows for note in row.notes])
    columns["ids"] = {name: text for row in reversed(rows) for name, text in row.ids.items()}
    columns["props"] = _props(rows)
    return replace(rows[0], **columns)


def _shared(name: str, rows: Sequence[Event]) -> Any:
    """The first header's value, else that of the lines."""
    empty = (None, "", False)
    for row in rows:
        if not row.is_line and getattr(row, name) not in empty:
            return getattr(row, name)
    told = [getattr(row, name) for row in rows if row.is_line and getattr(row, name) not in empty]
    default = getattr(_BLANK, name)
    if not told or name in OF_WHOLE:
        return default
    return told[0] if name in IDENTITY or all(one == told[0] for one in told) else default


def _props(rows: Sequence[Event]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if not row.is_line:
            found = {**row.props, **found}
    lines = [row.props for row in rows if row.is_line]
    for name in dict.fromkeys(name for props in lines for name in props):
        told = [props[name] for props in lines if name in props]
        if name not in found and all(one == told[0] for one in told):
            found[name] = told[0]
    return found


def _once(entries: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(entry for at, entry in enumerate(entries) if entry not in entries[:at])


_BLANK: Final = msgspec.convert({"event": "purchase", "event_id": "", "ts": "1970-01-01T00:00:00Z"}, Event)
