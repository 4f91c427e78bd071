"""Dead letters of the chosen destination: which, why, what the vendor said, and one of them opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from collector.forwarder.health import DEAD
from dashboard.destinations.health import choice, settings
from dashboard.destinations.told import label_of, reason_of
from dashboard.filters import PAGE_SIZE, changed
from dashboard.page import Row, Tables
from dashboard.scope import Scope

LETTERS, LETTER, KINDS = "forwarding/letters", "forwarding/letter", "forwarding/letter_kinds"
EVENT, REQUEST = "destinations/event", "destinations/request"
LONGEST_RAW: Final = 4096
PARSED: Final = ("alias", "ids", "items", "props")
"""Columns of an event that hold JSON."""
MARKS: Final = ("is_line", "is_full", "bot")
"""Columns that say something only where they are true."""


def letters(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A page of dead letters, the choices that narrow them, and what may be done with them."""
    rows = [_told(row, scope) for row in tables[LETTERS].rows]
    page = scope.filters.page
    return {
        "choice": choice(tables, scope),
        "add": settings(scope),
        "rows": rows,
        **_choices(tables[KINDS].rows, scope),
        "narrowed": bool(scope.filters.state or scope.filters.reason or scope.filters.event),
        "all": scope.here(state="", reason="", event="", find=""),
        "hidden": parse_qsl(changed(scope.carried, state="", reason="", event="", find="", page=1).query()),
        "newer": scope.here(page=page - 1) if page > 1 else "",
        "older": scope.here(page=page + 1) if len(rows) == PAGE_SIZE else "",
        "action": scope.here(),
        "may": scope.may("analyst") and not scope.access.shared,
    }


def _choices(rows: Any, scope: Scope) -> Mapping[str, Any]:
    """What there ever was to choose from; what the address says is always among it."""
    filters = scope.filters
    codes = sorted({row["code"] for row in rows} | ({filters.reason} - {""}))
    events = sorted({row["event"] for row in rows} | ({filters.event} - {""}))
    return {
        "states": [(one, scope.words(f"destinations.{one}"), one == filters.state) for one in DEAD],
        "codes": [(one, one == filters.reason) for one in codes],
        "events": [(one, label_of("events", one, scope), one == filters.event) for one in events],
    }


def _told(row: Row, scope: Scope) -> Row:
    """An outcome for people. What the vendor said is text of a stranger."""
    return {
        **row,
        "name": label_of("events", row["event"], scope),
        "reason": reason_of(row["code"], scope) if row["code"] else None,
        "lost": [reason_of(code, scope) for code in (row["losses"] or "").split()],
        "href": scope.here(find=row["event_id"], page=scope.filters.page) + "#letter",
        "order": scope.detail("orders", row["order_key"]) if row["order_key"] else "",
        "dead": row["state"] in DEAD,
    }


def letter(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The event whose id the address names: its outcome, the event as it is kept, the request it came in."""
    found = tables[LETTER].rows
    row = _told(found[0], scope) if found else None
    events, requests = tables[EVENT].rows, tables[REQUEST].rows
    return {
        "find": scope.filters.find,
        "row": row,
        "event": canonical(events[0]) if events else "",
        "request": _request(requests[0]) if requests else None,
        "href": scope.detail("quality", str(requests[0]["request_id"])) if requests else "",
        "close": scope.here(find="", page=scope.filters.page) + "#letters",
        "hidden": parse_qsl(changed(scope.carried, find="", page=1).query()),
        "action": scope.here(),
        "may": scope.may("analyst") and not scope.access.shared,
    }


def canonical(row: Row) -> str:
    """An event as JSON, without what it does not have."""
    shown = {name: _plain(name, value) for name, value in row.items() if _has(name, value)}
    return json.dumps(shown, ensure_ascii=False, indent=1)[: 4 * LONGEST_RAW]


def _has(name: str, value: Any) -> bool:
    return not (value is None or value == [] or (name in MARKS and value is False))


def _plain(name: str, value: Any) -> Any:
    if name in PARSED:
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value if isinstance(value, bool | int | list) else str(value)


def _request(row: Row) -> Row:
    """The request as text: its line, then its body, cut."""
    line = f"{row['method']} {row['path']}" + (f"?{row['query']}" if row["query"] else "")
    body = row["body"] or row["body_base64"] or ""
    return {"text": f"{line}\n\n{body}" if body else line, "cut": (row["body_chars"] or 0) > LONGEST_RAW}
