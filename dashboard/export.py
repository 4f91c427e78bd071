"""A page as data: the same answers as JSON and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec

from collector.store.parquet import parquet
from dashboard import translated
from dashboard.page import Table, Tables
from dashboard.questions import describe
from dashboard.scope import Scope

DEFINITIONS: int = 2
"""Version of docs/definitions.md; counts up whenever a figure changes its meaning."""

PLAIN: Final = re.compile(
    r"U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|BOOLEAN|VARCHAR|DATE|TIMESTAMP|DECIMAL\(\d+, ?\d+\)"
)
"""Types of columns that a Parquet file keeps; all others are texts there."""
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
        "tables": {name: _table(name, tables, scope) for name in tables},
    }
    return _encoder.encode(answer)


def _table(name: str, tables: Tables, scope: Scope) -> Mapping[str, Any]:
    header = translated.question(name, scope.words)
    missing = tables.missing(name)
    return {
        "title": header.title,
        "define": header.define,
        "columns": [{"name": column, "type": kind} for column, kind in _gives(name, tables)],
        "error": missing.key if missing else None,
        "rows": [] if missing else tables[name].rows,
    }


def _gives(name: str, tables: Tables) -> Sequence[tuple[str, str]]:
    """Columns with their types: of the answer where a person wrote the question, else of the header."""
    if tables.missing(name) is None and tables[name].types:
        return list(zip(tables[name].columns, tables[name].types, strict=True))
    return describe(name).gives


def to_csv(table: Table) -> str:
    """RFC 4180 with a header line; text that a spreadsheet would run as a formula is quoted off."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(column) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(row[column]) for column in table.columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def to_parquet(name: str, table: Table) -> bytes:
    """The rows of a question with the types that its header declares."""
    if table.types:
        return parquet([_typed(table, *column) for column in zip(table.columns, table.types, strict=True)])
    return parquet(
        [(column, kind, [row[column] for row in table.rows]) for column, kind in describe(name).gives]
    )


def _typed(table: Table, column: str, kind: str) -> tuple[str, str, Sequence[Any]]:
    """A column of an answer that no header describes: what is no plain type is text."""
    values = [row[column] for row in table.rows]
    if PLAIN.fullmatch(kind) and (kind == "VARCHAR" or not any(isinstance(value, str) for value in values)):
        return column, kind, values
    return column, "VARCHAR", [None if value is None else str(value) for value in values]


@dataclass(frozen=True, slots=True)
class FileForm:
    """How one table is downloaded; `write` takes the name of the question and its answer."""

    ending: str
    content_type: str
    write: Callable[[str, Table], str | bytes]


CSV: Final = FileForm(".csv", "text/csv; charset=utf-8", lambda _, table: to_csv(table))
PARQUET: Final = FileForm(".parquet", "application/vnd.apache.parquet", to_parquet)
