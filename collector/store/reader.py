"""Bounded reads beside the one writer: a cursor a question, with a time and a row limit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from collector.store import QueryTimeout, Rows, TooManyRows
from collector.store.console import Asks, Limits, Refused, Told, Untrusted
from collector.store.statements import run
from collector.store.stopping import Stop

PAGE = 1_000
_WAIT = 30.0  # seconds until a stream gives up waiting for a free cursor
_CLOSED = (duckdb.InterruptException, duckdb.ConnectionException, duckdb.InvalidInputException)
_LET_GO = 1.0  # seconds that interrupted questions have to end


class CursorPool:
    """At most `size` cursors at work. `connect` makes one; a cursor that saw an error is thrown away."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection], size: int = 6) -> None:
        self._connect = connect
        self._free = threading.BoundedSemaphore(size)
        self._guard = threading.Condition()
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._busy: list[duckdb.DuckDBPyConnection] = []
        self._open = True

    @contextmanager
    def cursor(self, wait: float) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own. Raises QueryTimeout if none is free within `wait` seconds."""
        if not self._free.acquire(timeout=wait):
            raise QueryTimeout(f"no free reader within {wait:g} s")
        try:
            cursor = self._take()
            try:
                yield cursor
            except BaseException:
                self._forget(cursor)
                raise
            self._give_back(cursor)
        finally:
            self._free.release()

    def replace(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        """Read from another connection from now on; running questions are interrupted."""
        self.close()
        with self._guard:
            self._connect, self._open = connect, True

    def close(self) -> None:
        """Interrupt what runs, close everything, refuse what comes.

        A stream between two pages runs nothing: its cursor is closed under it, for the
        engine keeps a file open as long as one cursor is.
        """
        with self._guard:
            self._open = False
            for cursor in self._busy:
                cursor.interrupt()
            self._guard.wait_for(lambda: not self._busy, _LET_GO)
            left, self._idle, self._busy = self._idle + self._busy, [], []
        for cursor in left:
            cursor.close()

    def _take(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if not self._open:
                raise QueryTimeout("the store is closed")
            cursor = self._idle.pop() if self._idle else self._connect()
            self._busy.append(cursor)
            return cursor

    def _give_back(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._guard:
            if self._open and cursor in self._busy:
                self._busy.remove(cursor)
                self._idle.append(cursor)
                return
        self._forget(cursor)

    def _forget(self, cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.close()
        with self._guard:
            if cursor in self._busy:
                self._busy.remove(cursor)
            self._guard.notify_all()


class Deadline:
    """Interrupts a cursor when its time is up, and never a later question of the same cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self.passed = False
        self._cursor = cursor
        self._done = False
        self._guard = threading.Lock()
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._done = True
        self._timer.cancel()

    def end(self) -> None:
        """Interrupt the question before its time, if it still runs."""
        with self._guard:
            if not self._done:
                self._cursor.interrupt()

    def _strike(self) -> None:
        with self._guard:
            if not self._done:
                self.passed = True
                self._cursor.interrupt()


class DuckSnapshot:
    """A `Snapshot`: a cursor inside a transaction, which ends with the block that it was given to."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def settled_days(
        self, shop: str, part: str, mark: str, *, start: datetime, until: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """Days inside the period that are prepared under this mark and hold, as (since, until) in order."""
        return run(
            self._cursor, "rollup_days", shop=shop, part=part, mark=mark, start=start, until=until
        ).fetchall()

    def query(self, sql: str, params: Mapping[str, Any] | None = None, *, max_rows: int = 10_000) -> Rows:
        """Run one statement. Raises TooManyRows."""
        return _rows(self._cursor, sql, params, max_rows)


class DuckReader:
    """A `Reader` over a pool of cursors; any number of threads may share it."""

    def __init__(
        self,
        pool: CursorPool,
        streams: CursorPool,
        stop: Stop | None = None,
        console: Asks | None = None,
    ) -> None:
        self._pool = pool
        self._streams = streams
        self._console = console
        self._stop = stop or Stop()

    def under(self, stop: Stop) -> DuckReader:
        """The same reader, whose questions end when `stop` is struck."""
        return DuckReader(self._pool, self._streams, stop, self._console)

    def query(
        self,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *,
        max_rows: int = 10_000,
        seconds: float = 5.0,
    ) -> Rows:
        """Run one statement. Raises QueryTimeout or TooManyRows."""
        with self._bounded(seconds) as cursor:
            return _rows(cursor, sql, params, max_rows)

    def ask_untrusted(self, question: Untrusted, limits: Limits) -> Told:
        """What a person wrote, asked of one shop. Raises collector.store.console.Refused."""
        if self._console is None:
            raise Refused("closed")
        return self._console.ask(question, limits, self._stop)

    @contextmanager
    def snapshot(self, seconds: float) -> Iterator[DuckSnapshot]:
        """Questions inside one transaction. Raises QueryTimeout when their time together is up."""
        with self._bounded(seconds) as cursor:
            cursor.execute("begin")
            yield DuckSnapshot(cursor)
            cursor.execute("commit")

    @contextmanager
    def _bounded(self, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._pool.cursor(seconds) as cursor, Deadline(cursor, seconds) as deadline:
            try:
                with self._stop.reaches(deadline.end):
                    yield cursor
            except duckdb.InterruptException as error:
                reason = f"took longer than {seconds:g} s" if deadline.passed else "was interrupted"
                raise QueryTimeout(reason) from error

    def stream(self, sql: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Rows one by one, for exports; no row limit, memory bounded."""
        with self._streams.cursor(_WAIT) as cursor:
            cursor.execute(sql, dict(params) if params else None)
            columns = [column[0] for column in cursor.description or ()]
            try:
                while page := cursor.fetchmany(PAGE):
                    for row in page:
                        yield dict(zip(columns, row, strict=True))
            except _CLOSED as error:
                raise QueryTimeout("the store was closed meanwhile") from error


def _rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any] | None, max_rows: int
) -> Rows:
    cursor.execute(sql, dict(params) if params else None)
    rows = cursor.fetchmany(max_rows + 1)
    if len(rows) > max_rows:
        raise TooManyRows(f"more than {max_rows} rows")
    return Rows(columns=tuple(column[0] for column in cursor.description or ()), rows=rows)
