"""A page as data: the same answers as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from dashboard.page import Table, Tables
from dashboard.questions import describe
from dashboard.scope import Scope

DEFINITIONS: int = 2
"""Version of docs/definitions.md; counts up whenever a figure changes its meaning."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_encoder = msgspec.json.Encoder()


def to_json(title: str, scope: Scope, tables: Tables) -> bytes:
    """Amounts are text, so that they stay exact; times are UTC without a zone, steps local."""
    answer = {
        "page": scope.slug,
        "title": title,
        "id": scope.id or None,
        "shop": scope.shop.shop_id,
        "currency": scope.shop.currency,
        "time_zone": scope.zone.key,
        "period": {"start": scope.span.start, "until": scope.span.until},
        "compared_with": {"start": scope.before.start, "until": scope.before.until} if scope.before else None,
        "filters": asdict(scope.filters),
        "notes": [asdict(note) for note in scope.notes],
        "definitions_version": DEFINITIONS,
        "tables": {name: _table(name, tables) for name in tables},
    }
    return _encoder.encode(answer)


def _table(name: str, tables: Tables) -> Mapping[str, Any]:
    header = describe(name)
    missing = tables.missing(name)
    return {
        "title": header.title,
        "define": header.define,
        "columns": [{"name": column, "type": kind} for column, kind in header.gives],
        "error": missing.key if missing else None,
        "rows": [] if missing else tables[name].rows,
    }


def to_csv(table: Table) -> str:
    """RFC 4180 with a header line; text that a spreadsheet would run as a formula is quoted off."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([_cell(row[column]) for column in table.columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
