"""Opening a database file that may be damaged: what cannot be read is set aside, never deleted.

The log is the truth, so an empty store is a complete answer to damage: the loader fills it
again. A write-ahead log that does not fit is set aside alone: the file without it is an earlier
state with the positions of that state. A file that another process holds, that we may not open
or that a full disk keeps us from opening is not damaged and stays where it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from collector.store import StoreUnavailable
from collector.store.migrate import SchemaTooNew, migrate
from collector.store.statements import run

Connect = Callable[[], duckdb.DuckDBPyConnection]
_WAL_ERROR = "replaying WAL"
_log = logging.getLogger(__name__)
_NOT_DAMAGE = (
    "set lock on file",
    "no space left",
    "permission denied",
    "out of memory",
    "too many open files",
    "invalidated",
)


def open_database(path: Path, connect: Connect, now: Callable[[], datetime]) -> duckdb.DuckDBPyConnection:
    """A connection to a file that was looked at and has the newest schema.

    Raises StoreUnavailable where the file is in use, out of reach or from a newer version.
    """
    wal = _wal(path)
    if wal.exists() and not path.exists():
        set_aside([wal], now)
    for _ in range(2):
        try:
            return _checked(connect)
        except duckdb.Error as error:
            if not is_damage(error) or not _reachable(path):
                raise StoreUnavailable(f"{path}: {error}") from error
            _log.error("the store is unreadable, the loader will fill it again from the log: %s", error)
            set_aside([wal] if _WAL_ERROR in str(error) else files_of(path), now)
    try:
        return _checked(connect)
    except duckdb.Error as error:
        raise StoreUnavailable(f"{path}: {error}") from error


def set_aside(files: Sequence[Path], now: Callable[[], datetime]) -> None:
    """Rename those of the files that are there; the new names carry the time."""
    stamp = now().strftime("%Y%m%dT%H%M%S%f")
    for file in files:
        if file.exists():
            aside = file.with_name(f"{file.name}.unreadable-{stamp}")
            file.rename(aside)
            _log.warning("set aside as %s", aside)


def files_of(path: Path) -> list[Path]:
    """The database file and its write-ahead log."""
    return [path, _wal(path)]


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error of opening speaks of the file's content rather than of its surroundings."""
    text = str(error).lower()
    return not any(word in text for word in _NOT_DAMAGE)


def _checked(connect: Connect) -> duckdb.DuckDBPyConnection:
    """A connection that was migrated, and could read the newest row of every table."""
    connection = connect()
    try:
        if migrate(connection):
            _log.warning(
                "the store was made by an earlier version: who visitors are, what was returned and the feeds "
                "leave out what was loaded before, until `r46 rebuild` has told everything anew"
            )
        for (table,) in run(connection, "tables").fetchall():
            newest = connection.table(table).filter(_newest_row(connection, table))
            newest.limit(1).fetchall()
    except SchemaTooNew as error:
        connection.close()
        raise StoreUnavailable(str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _newest_row(connection: duckdb.DuckDBPyConnection, table: str) -> duckdb.Expression:
    count = connection.table(table).count("*").fetchall()[0][0]
    return duckdb.ColumnExpression("rowid") >= duckdb.ConstantExpression(max(0, count - 1))


def _reachable(path: Path) -> bool:
    """Whether we could open the file ourselves, so that its content is to blame."""
    try:
        with path.open("r+b"):
            return True
    except FileNotFoundError:
        return path.parent.is_dir()
    except OSError:
        return False


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
