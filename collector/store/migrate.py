"""Brings a database file to the newest schema: numbered files, forward only, each in a transaction."""

from __future__ import annotations

import re
from importlib.resources import files

import duckdb

_NAME = re.compile(r"(\d{4})_\w+\.sql")

TOLD_ANEW = 6
"""The newest version whose tables are filled from events of all times: persons, returns, feeds."""


class SchemaTooNew(Exception):
    """The file was written by a newer version of this program; it is left alone."""


def migrate(connection: duckdb.DuckDBPyConnection) -> bool:
    """Apply what is missing; whether rows of before now lack what only `r46 rebuild` can tell.

    Raises SchemaTooNew for a file from the future.
    """
    connection.execute(
        "create table if not exists schema_version (version integer not null, name varchar not null)"
    )
    row = connection.execute("select coalesce(max(version), 0) from schema_version").fetchone()
    current = int(row[0]) if row else 0
    migrations = _migrations()
    newest = max(migrations)
    if current > newest:
        raise SchemaTooNew(f"the store has schema {current}, this version knows {newest}")
    for version in range(current + 1, newest + 1):
        _apply(connection, version, *migrations[version])
    return 0 < current < TOLD_ANEW


def _apply(connection: duckdb.DuckDBPyConnection, version: int, name: str, sql: str) -> None:
    connection.execute("begin")
    try:
        connection.execute(sql)
        connection.execute("insert into schema_version values (?, ?)", [version, name])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _migrations() -> dict[int, tuple[str, str]]:
    """Files by number, which run from 1 without a hole."""
    found: dict[int, tuple[str, str]] = {}
    for file in (files("collector.store") / "schema").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found[int(match[1])] = (file.name, file.read_text())
    if sorted(found) != list(range(1, len(found) + 1)):
        raise LookupError(f"schema files are not numbered 1 … n: {sorted(found)}")
    return found
