"""Parquet files: the rows that a page shows, with the types that its question declares, and lines of JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

BARE: Final = ("decimal", "numeric")
WIDEST: Final = 38
_LIMITS: Final = "maximum_object_size = 33554432, timestampformat = '%Y-%m-%dT%H:%M:%S.%fZ'"


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


def parquet_of_lines(lines: Sequence[str], columns: Mapping[str, str]) -> bytes:
    """A row for each line, a JSON object: fields by name with the given SQL types (our own words), others left out.

    A field that a line has not is null. Raises ValueError where a value has not its column's type.
    """
    types = ", ".join(f"{_quoted(name)}: '{kind}'" for name, kind in columns.items())
    read = f"read_json($file, format = 'newline_delimited', auto_detect = false, columns = {{{types}}}, {_LIMITS})"
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as db:
        file, made = Path(folder, "lines.json"), Path(folder, "lines.parquet")
        file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        try:
            # Types and names are our code's, the lines are only ever a file.
            db.execute("".join(("create table lines as select * from ", read)), {"file": str(file)})
        except duckdb.Error as error:
            raise ValueError("a line has not the types of its columns") from error
        db.execute(f"copy lines to '{made}' (format parquet, compression zstd)")
        return made.read_bytes()


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
