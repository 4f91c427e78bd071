"""SQL files of the store, split into statements once. A file is a list of statements in order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb


def run(connection: duckdb.DuckDBPyConnection, name: str, **params: Any) -> duckdb.DuckDBPyConnection:
    """Execute every statement of `models/<name>.sql`; each takes those parameters that it names.

    Returns the connection, which holds the last statement's result.
    """
    for statement, names in _statements(name):
        connection.execute(statement, {key: params[key] for key in names} if names else None)
    return connection


def text(name: str) -> str:
    """The SQL of `models/<name>.sql`."""
    return (files("collector.store") / "models" / f"{name}.sql").read_text()


@cache
def _statements(name: str) -> tuple[tuple[duckdb.Statement, tuple[str, ...]], ...]:
    found = duckdb.extract_statements(text(name))
    return tuple((statement, _names(statement.named_parameters)) for statement in found)


def _names(named: Mapping[str, Any] | set[str]) -> tuple[str, ...]:
    return tuple(sorted(named))
