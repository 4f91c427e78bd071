"""Canonical records out of the store, as NDJSON (docs/wire/canonical.md, "Record").

Empty columns are left out, amounts are text without exponent or trailing zeros, times are
UTC with six decimals, and the raw request stands beside each of its events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from collector.event import decimal_text
from collector.store import Reader
from collector.store.statements import text

_JSON = frozenset({"alias", "ids", "items", "props"})
_RAW = ("method", "path", "content_type", "body", "body_base64")
_ALWAYS = frozenset({"method", "path", "query", "content_type", "pointer", "body"})
_encoder = msgspec.json.Encoder()


def export_events(reader: Reader, shop_id: str) -> Iterator[bytes]:
    """A line an event of the shop, ordered by (request_id, seq), each event id once."""
    for row in reader.stream(text("export_events"), {"shop": shop_id}):
        yield _line(_event(row))


def export_refused(reader: Reader, shop_id: str | None) -> Iterator[bytes]:
    """A line for everything that was kept but not counted, of one shop or (None, "") of all."""
    for row in reader.stream(text("export_refused"), {"shop": shop_id or None}):
        yield _line({**_filled(row), **_raw(row)})


def export_erasures(reader: Reader, shop_id: str) -> Iterator[bytes]:
    """A line for each customer that a shop was asked to erase, oldest first."""
    for row in reader.stream(text("erasures"), {"shop": shop_id}):
        yield _line(_filled(row))


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    record = _filled(row)
    for flag in ("is_line", "is_full"):
        if not record[flag]:
            del record[flag]
    record.setdefault("props", {})
    return {**record, **_raw(row)}


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's own columns that have a value; those of the raw request are told elsewhere."""
    return {
        name: _plain(name, value)
        for name, value in row.items()
        if value is not None and name not in _RAW and name not in ("raw_query", "pointer")
    }


def _raw(row: Mapping[str, Any]) -> dict[str, Any]:
    """The raw request with this event's place in it; nothing where it was not kept."""
    if row["method"] is None:
        return {}
    found = {
        "method": row["method"],
        "path": row["path"],
        "query": row["raw_query"] or "",
        "content_type": row["content_type"] or "",
        "pointer": row["pointer"] or "",
        "body": row["body"] or "",
        "body_base64": row["body_base64"],
    }
    return {"raw": {name: value for name, value in found.items() if name in _ALWAYS or value}}


def _plain(name: str, value: Any) -> Any:
    if name in _JSON:
        return msgspec.Raw(value.encode())
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    if isinstance(value, UUID):
        return str(value)
    return value


def _line(record: Mapping[str, Any]) -> bytes:
    return _encoder.encode(record) + b"\n"
