"""Rows of a file somebody gives us, as text, with every value as it is written.

CSV (also gzipped) and Parquet. Rows come in the file's order and in batches, so that a
file of any length takes little memory.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TextIO

import duckdb

from collector.errors import OperatorError

Row = tuple[str, ...]


def columns_of(path: Path) -> tuple[str, ...]:
    """Names in the file's header. Raises OperatorError where it cannot be read."""
    if path.suffix == ".parquet":
        with closing(duckdb.connect()) as connection:
            described = _run(connection, "describe select * from read_parquet($path)", path)
            return tuple(name for name, *_ in described.fetchall())
    with closing(_open(path)) as text:
        try:
            return tuple(name.strip() for name in next(csv.reader(text)))
        except (StopIteration, csv.Error, EOFError, OSError) as broken:
            raise OperatorError(f"{path.name} has no header line") from broken


def count_rows(path: Path) -> int:
    """Rows of the file, its header not counted. For CSV: lines, which is an upper bound."""
    if path.suffix == ".parquet":
        with closing(duckdb.connect()) as connection:
            (count,) = _run(connection, "select count(*) from read_parquet($path)", path).fetchall()[0]
            return int(count)
    with closing(_open(path)) as text:
        try:
            return max(sum(1 for _ in text) - 1, 0)
        except (EOFError, OSError) as broken:
            raise OperatorError(f"{path.name} cannot be read to its end: {broken}") from broken


def read_rows(path: Path, columns: Sequence[str], batch: int) -> Iterator[list[Row]]:
    """Batches of rows with the values of `columns`; null and a column that is not there are "".

    A line of CSV with another number of cells than the header is given as one cell with
    all its text, for the caller to refuse. Raises OperatorError for an unreadable file.
    """
    names = columns_of(path)
    if path.suffix == ".parquet":
        yield from _parquet(path, names, columns, batch)
    else:
        yield from _csv(path, names, columns, batch)


def _parquet(path: Path, names: Sequence[str], columns: Sequence[str], batch: int) -> Iterator[list[Row]]:
    cells = (_cell(column) if column in names else "''" for column in columns)
    with closing(duckdb.connect()) as connection:
        # Column names come from the caller's code, never from the file.
        rows = _run(connection, f"select {', '.join(cells)} from read_parquet($path)", path)  # noqa: S608
        try:
            while found := rows.fetchmany(batch):
                yield found
        except duckdb.Error as broken:
            raise OperatorError(f"{path.name} cannot be read: {broken}") from broken


def _cell(column: str) -> str:
    quoted = column.replace('"', '""')
    return f"coalesce(\"{quoted}\"::varchar, '')"


def _run(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return connection.execute(sql, {"path": str(path)})
    except duckdb.Error as broken:
        raise OperatorError(f"{path.name} is not a readable Parquet file: {broken}") from broken


def _csv(path: Path, names: Sequence[str], columns: Sequence[str], batch: int) -> Iterator[list[Row]]:
    places = [names.index(column) if column in names else -1 for column in columns]
    found: list[Row] = []
    with closing(_open(path)) as text:
        lines = csv.reader(text)
        next(lines)
        for cells in _lines(lines, path):
            if len(cells) == len(names):
                found.append(tuple([cells[place] if place >= 0 else "" for place in places]))
            elif cells:
                found.append((",".join(cells),))
            if len(found) == batch:
                yield found
                found = []
    if found:
        yield found


def _lines(lines: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    """Lines of CSV; one that cannot be split is one cell with the reason."""
    while True:
        try:
            yield next(lines)
        except StopIteration:
            return
        except csv.Error as broken:
            yield [str(broken)]
        except (EOFError, OSError) as broken:
            raise OperatorError(f"{path.name} cannot be read to its end: {broken}") from broken


def _open(path: Path) -> TextIO:
    """Text of the file; bytes that are not UTF-8 become U+FFFD, a byte-order mark is skipped."""
    try:
        binary = gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb")
    except OSError as missing:
        raise OperatorError(f"{path} cannot be opened: {missing.strerror}") from missing
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
