"""What the chosen destination cannot take: fields that were left out, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.destinations.health import choice, grouped, settings
from dashboard.destinations.told import label_of
from dashboard.page import Column, Grid, Tables
from dashboard.scope import Scope

LOSSES: Final = "forwarding/losses"
COLUMNS: Final = (
    Column(name="code", kind="code", title="columns.code"),
    Column(name="event"),
    Column(name="events", kind="count"),
)


def losses(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Each code with its explanation, and the same as a table by code and event."""
    rows = tables[LOSSES].rows
    named = [{**row, "event": label_of("events", row["event"], scope)} for row in rows]
    return {
        "choice": choice(tables, scope),
        "add": settings(scope),
        "rows": grouped(rows, scope),
        "grid": Grid(columns=COLUMNS, rows=scope.sorted("losses", named), name="losses"),
    }
