"""An answer as a Parquet file: the rows that a page shows, with the types that its question declares."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

BARE: Final = ("decimal", "numeric")
WIDEST: Final = 38


def parquet(columns: Sequence[tuple[str, str, Sequence[Any]]]) -> bytes:
    """The file. Each column is its name, its SQL type (our own words, never a stranger's), and its values.

    A decimal without digits has as many after the point as its values need.
    """
    parts = [
        f"unnest(${_given(place)}::{_exact(kind, values)}[]) as {_quoted(name)}"
        for place, (name, kind, values) in enumerate(columns)
    ]
    given = {_given(place): list(values) for place, (_, _, values) in enumerate(columns)}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as db:
        file = Path(folder, "answer.parquet")
        db.execute("".join(("create table answer as select ", ", ".join(parts))), given)
        db.execute(f"copy answer to '{file}' (format parquet)")
        return file.read_bytes()


def _quoted(name: str) -> str:
    """A name as SQL has it, whoever chose it."""
    return '"' + name.replace('"', '""') + '"'


def _given(place: int) -> str:
    return f"column_{place}"


def _exact(kind: str, values: Sequence[Any]) -> str:
    """The type, with the digits that a bare decimal leaves open."""
    if kind.lower() not in BARE:
        return kind
    scales = [-int(value.as_tuple().exponent) for value in values if isinstance(value, Decimal)]
    return f"decimal({WIDEST}, {max(0, *scales, 0)})"
