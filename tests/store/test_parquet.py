"""A Parquet file holds the rows of an answer with the types that were declared."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.store.parquet import parquet

COLUMNS: tuple[tuple[str, str, list[Any]], ...] = (
    ("name", "varchar", ["=1+1", None, "x\ny"]),
    ("orders", "bigint", [1, None, 3]),
    ("revenue", "decimal", [Decimal("1.5"), None, Decimal("2.1234")]),
    ("exact", "decimal(38, 4)", [Decimal("1.5"), None, Decimal("2")]),
    ("at", "timestamp", [datetime(2026, 3, 1, 12, 30), None, datetime(2026, 3, 2)]),  # noqa: DTZ001
    ("tags", "varchar[]", [["a", "b"], None, []]),
    ("share", "double", [0.25, None, 1.0]),
)


def read(data: bytes, folder: Path) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    file = folder / "read.parquet"
    file.write_bytes(data)
    with duckdb.connect() as db:
        told = db.read_parquet(str(file))
        return list(zip(told.columns, map(str, told.types), strict=True)), told.fetchall()


def test_rows_and_types_are_those_of_the_answer(tmp_path: Path) -> None:
    types, rows = read(parquet(COLUMNS), tmp_path)
    assert types == [
        ("name", "VARCHAR"),
        ("orders", "BIGINT"),
        ("revenue", "DECIMAL(38,4)"),
        ("exact", "DECIMAL(38,4)"),
        ("at", "TIMESTAMP"),
        ("tags", "VARCHAR[]"),
        ("share", "DOUBLE"),
    ]
    assert rows == [tuple(values[place] for _, _, values in COLUMNS) for place in range(3)]


@pytest.mark.parametrize("kind", ["varchar", "decimal", "timestamp", "varchar[]", "boolean"])
def test_an_answer_without_rows_is_a_file_without_rows(tmp_path: Path, kind: str) -> None:
    types, rows = read(parquet([("only", kind, [])]), tmp_path)
    assert (types[0][0], rows) == ("only", [])
