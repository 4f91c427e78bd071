"""The embedded store: one DuckDB file, one writer, cursors that read beside it.

The file has one owner among processes. A batch is one transaction with its position in the
log; what is lost with a torn write-ahead log is therefore simply loaded again.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

import duckdb

from collector.log import Chunk, Position, Positions
from collector.store import Enricher, Loaded, ShopRules, StoreDamaged, StoreUnavailable
from collector.store import unloadable as aside
from collector.store.batch import Unreadable, load_rows, save_positions, tell_rules
from collector.store.console.duck import DuckConsole
from collector.store.rates import RateTable
from collector.store.reader import CursorPool, DuckReader
from collector.store.recovery import files_of, open_database, set_aside
from collector.store.settling import Settler
from collector.store.statements import run

READERS = 6
STREAMS = 2
_log = logging.getLogger(__name__)
_DATA = (Unreadable, duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
_DAMAGE = (duckdb.FatalException, duckdb.InternalException)


class DuckStore:
    """A `Store` in one file. Made by `open`."""

    def __init__(self, path: Path, config: Mapping[str, str | int], now: Callable[[], datetime]) -> None:
        self._path = path
        self._config: dict[str, str | bool | int | float | list[str]] = dict(config)
        self._now = now
        self._connection = open_database(path, self._connect, now)
        self._pool = CursorPool(self._connection.cursor, READERS)
        self._streams = CursorPool(self._connection.cursor, STREAMS)
        self._console = DuckConsole(lambda: self._connection.cursor())
        self._reader = DuckReader(self._pool, self._streams, console=self._console)
        self._settler = Settler(lambda: self._connection.cursor())
        self._rates = RateTable(lambda: self._connection.cursor())
        self._told: Mapping[str, ShopRules] | None = None
        self._lost = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime],
        memory_limit: str = "4GB",
        threads: int = 2,
        checkpoint: str = "64MB",
    ) -> Self:
        """The store at `path`, made where there is none; an unreadable one is set aside.

        `now` stamps what is set aside; `checkpoint` is the size at which the write-ahead log
        is folded into the file. Raises StoreUnavailable where another process owns the file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | int] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "checkpoint_threshold": checkpoint,
            "temp_directory": str(path.with_name(path.name + ".tmp")),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            # A filter that a join makes while it runs lets the scan of DuckDB 2.0.0 skip rows; where rows
            # were deleted since the last checkpoint it then reads text that is not there, or crashes.
            "disabled_optimizers": "join_filter_pushdown,late_materialization",
        }
        return cls(path, config, now)

    def positions(self) -> Positions:
        """Up to where the log has been loaded."""
        try:
            rows = run(self._connection, "stored_positions").fetchall()
        except duckdb.Error as error:
            raise StoreDamaged(str(error)) from error
        return {worker: Position(segment=segment, offset=offset) for worker, segment, offset in rows}

    def load(self, chunks: Sequence[Chunk], enricher: Enricher, rules: Mapping[str, ShopRules]) -> Loaded:
        """Rows of the chunks, derived tables and positions, in one transaction."""
        ends = {chunk.worker: chunk.end for chunk in chunks}
        try:
            return self._transaction([chunk.data for chunk in chunks], enricher, rules, ends)
        except (Unreadable, duckdb.Error) as error:
            self._raise_unless_data(error)
            _log.warning("a batch cannot be loaded as it is, looking for the reason: %s", error)
        return self._load_separated(chunks, enricher, rules)

    def reader(self) -> DuckReader:
        """Bounded reads for any thread; stays valid when the store is reopened."""
        return self._reader

    def settler(self) -> Settler:
        """Prepares days beside the loader; stays valid when the store is reopened."""
        return self._settler

    def rates(self) -> RateTable:
        """The table of currencies' rates; stays valid when the store is reopened."""
        return self._rates

    def reopen(self) -> None:
        """Close everything and open again; a file that proved damaged is set aside first."""
        self._settler.close()
        self._pool.close()
        self._streams.close()
        self._console.close()
        with contextlib.suppress(duckdb.Error):
            self._connection.close()
        if self._lost:
            set_aside(files_of(self._path), self._now)
        self._connection = open_database(self._path, self._connect, self._now)
        self._told, self._lost = None, False
        self._rates.forget()
        self._pool.replace(self._connection.cursor)
        self._streams.replace(self._connection.cursor)
        self._console.reopen()

    def close(self) -> None:
        """Let readers go, fold the write-ahead log into the file, release the file."""
        self._settler.close()
        self._pool.close()
        self._streams.close()
        self._console.close()
        with contextlib.suppress(duckdb.Error):
            self._connection.execute("checkpoint")
        self._connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self._path), config=self._config)

    def _transaction(
        self,
        parts: Sequence[bytes],
        enricher: Enricher,
        rules: Mapping[str, ShopRules],
        ends: Mapping[str, Position] | None,
    ) -> Loaded:
        """One transaction; without `ends` a rehearsal that is rolled back."""
        self._tell(rules)
        self._connection.execute("begin")
        try:
            loaded = load_rows(self._connection, parts, enricher) if any(parts) else Loaded()
            if ends is None:
                self._connection.execute("rollback")
            else:
                save_positions(self._connection, ends)
                self._connection.execute("commit")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("rollback")
            raise
        return loaded

    def _tell(self, rules: Mapping[str, ShopRules]) -> None:
        if self._told != rules:
            tell_rules(self._connection, rules)
            self._told = dict(rules)

    def _load_separated(
        self, chunks: Sequence[Chunk], enricher: Enricher, rules: Mapping[str, ShopRules]
    ) -> Loaded:
        """Load what can be loaded and put the other lines aside, chunk by chunk."""
        total = Loaded()
        for chunk in chunks:
            good, bad = aside.separate(
                aside.lines_of(chunk.data), lambda lines: self._accepts(lines, enricher, rules)
            )
            try:
                if bad:
                    path = aside.put_aside(self._path.parent / "unloadable", chunk, bad)
                    _log.error("%d records could not be loaded and were put into %s", len(bad), path)
                loaded = self._transaction(good, enricher, rules, {chunk.worker: chunk.end})
            except (Unreadable, duckdb.Error, OSError) as error:
                raise StoreUnavailable(str(error)) from error
            total = _sum(total, loaded, unloadable=len(bad))
        return total

    def _accepts(self, lines: Sequence[bytes], enricher: Enricher, rules: Mapping[str, ShopRules]) -> bool:
        try:
            self._transaction(lines, enricher, rules, None)
        except (Unreadable, duckdb.Error) as error:
            self._raise_unless_data(error)
            return False
        return True

    def _raise_unless_data(self, error: Exception) -> None:
        """Return where the records are to blame; otherwise say what happened to the store."""
        text = str(error)
        if isinstance(error, _DAMAGE) or "invalidated" in text:
            raise StoreDamaged(text) from error
        if "Corrupt database" in text:
            self._lost = True
            raise StoreDamaged(text) from error
        if not isinstance(error, _DATA):
            raise StoreUnavailable(text) from error


def _sum(first: Loaded, second: Loaded, *, unloadable: int) -> Loaded:
    return Loaded(
        requests=first.requests + second.requests,
        events=first.events + second.events,
        duplicates=first.duplicates + second.duplicates,
        refused=first.refused + second.refused,
        unloadable=first.unloadable + unloadable,
    )
