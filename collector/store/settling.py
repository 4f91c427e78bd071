"""Days that are over, prepared: the rows of a question for one day of a shop, kept until something touches it.

The loader notes in each batch which hours it may have changed (`rollup_touched.sql`); whoever
settles asks, keeps the rows, and notes the last batch that it has seen, all in one transaction
beside the loader's. Neither ever writes what the other writes, so neither waits for the other.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from collector.store import StoreUnavailable
from collector.store.statements import run

_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_/")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRows:
    """What a day is prepared with. `sql` takes `params` and gives `columns` (names with types), in order.

    `mark` stands for the question and all that it is asked with but the day.
    """

    shop_id: str
    part: str
    mark: str
    since: datetime
    until: datetime
    sql: str
    columns: Sequence[tuple[str, str]]
    params: Mapping[str, Any] = field(default_factory=dict)


def table_of(part: str) -> str:
    """The table of a part's rows. A part is a path of small letters; anything else raises ValueError."""
    if not part or not _NAME_LETTERS.issuperset(part):
        raise ValueError(f"{part!r} is no name of a part")
    return "settled_" + part.replace("/", "_")


class Settler:
    """Writes prepared days with a cursor of its own. Calls of several threads wait for each other."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._guard = threading.Lock()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def settle(self, day: DayRows) -> None:
        """Ask and keep the day's rows in the place of former ones. Raises StoreUnavailable."""
        with self._guard:
            try:
                cursor = self._cursor = self._cursor or self._connect()
                cursor.execute("begin")
                _keep(cursor, day)
                cursor.execute("commit")
            except duckdb.Error as error:
                self._forget()
                raise StoreUnavailable(str(error)) from error

    def close(self) -> None:
        """Break off what is being asked and let go of the store."""
        cursor = self._cursor
        if cursor is not None:
            with contextlib.suppress(duckdb.Error):
                cursor.interrupt()
        with self._guard:
            self._forget()

    def _forget(self) -> None:
        """A cursor that saw an error is thrown away, and its transaction with it."""
        if self._cursor is not None:
            with contextlib.suppress(duckdb.Error):
                self._cursor.close()
        self._cursor = None


def _keep(cursor: duckdb.DuckDBPyConnection, day: DayRows) -> None:
    run(
        cursor,
        "rollup_marks",
        shop=day.shop_id,
        part=day.part,
        mark=day.mark,
        since=day.since,
        until=day.until,
    )
    table = table_of(day.part)
    _make(cursor, table, day.columns)
    cursor.execute(
        " ".join(("delete from", table, "where settled_shop = ? and settled_day >= ? and settled_day < ?")),
        [day.shop_id, day.since, day.until],
    )
    names = ", ".join(f'"{name}"' for name, _ in day.columns)
    cursor.execute(
        " ".join(
            ("insert into", table, "select $settled_shop, $settled_day,", names, "from (\n", day.sql, "\n) a")
        ),
        {**day.params, "settled_shop": day.shop_id, "settled_day": day.since},
    )


def _make(cursor: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, str]]) -> None:
    """A table with these columns; one that has others is of an older question and made anew."""
    wanted = [("settled_shop", "varchar"), ("settled_day", "timestamp"), *columns]
    found = cursor.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not internal"
        " order by column_index",
        [table],
    ).fetchall()
    if [_plain(column) for column in found] != [_plain(column) for column in wanted]:
        typed = ", ".join(f'"{name}" {kind}' for name, kind in wanted)
        cursor.execute(" ".join(("create or replace table", table, "(", typed, ")")))


def _plain(column: tuple[str, str]) -> tuple[str, str]:
    name, kind = column
    return name, kind.lower().replace(" ", "")
