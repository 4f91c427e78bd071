"""The ledger of one destination: an SQLite file that only its forwarder writes.

Every change belongs to a transaction that also moves the position in the log or the fate of a request, so
that a process that is killed at any moment finds a consistent state. The file is not synced at every
commit: after a power cut it may be some moments old, which repeats deliveries and loses none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any, Final

from collector.log import Position

BUSY_S: Final = 10.0
DAY_S: Final = 24 * 3600.0
ORDER_DAYS: Final = 400
CART_DAYS: Final = 90
VISIT_DAYS: Final = 2
MOST_KEPT: Final = 200_000
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PARTS: Final = ("", "-wal", "-shm")
_TRIM: Final = 20_000
"""Rows dropped at once at most, so that housekeeping never holds the file for long."""


def is_damaged(error: BaseException | None) -> bool:
    """Whether the error means that the file is no ledger, or no longer."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in _DAMAGE


def set_aside(file: Path) -> Path:
    """Keep a ledger that cannot be read beside the place of the next one; where it is now."""
    names = (file.with_name(f"{file.name}.damaged-{number}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    for part in _PARTS:
        with suppress(FileNotFoundError):
            file.with_name(file.name + part).rename(kept.with_name(kept.name + part))
    return kept


def forget(file: Path) -> None:
    """Delete a ledger, and what was set aside of it."""
    for place in file.parent.glob(f"{file.name}*"):
        place.unlink(missing_ok=True)


class Ledger:
    """Used by one thread at a time. A file that is no ledger (`is_damaged`) is set aside by the caller."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        file.chmod(0o600)
        self._undone: list[Callable[[], None]] = []
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            schema = files(__package__).joinpath("schema.sql").read_text("utf-8")
            self._db.executescript(f"begin immediate;\n{schema}\ncommit;")
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another is a part of it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("begin immediate")
        try:
            yield
            self._db.execute("commit")
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("rollback")
            for act in self._undone:
                act()
            raise

    def when_undone(self, act: Callable[[], None]) -> None:
        """Have this done after each transaction that came to nothing: what is known of it is stale."""
        self._undone.append(act)

    def rows(self, text: str, *given: Any) -> list[Any]:
        return self._db.execute(text, given).fetchall()

    def one(self, text: str, *given: Any) -> Any:
        """The first value of the first row, None where there is none."""
        found = self._db.execute(text, given).fetchone()
        return None if found is None else found[0]

    def change(self, text: str, *given: Any) -> int:
        """Rows that were changed."""
        return self._db.execute(text, given).rowcount

    def rows_changed(self, text: str, given: Sequence[Sequence[Any]]) -> None:
        """The same change with each of these values."""
        self._db.executemany(text, given)

    def added(self, text: str, *given: Any) -> int:
        """The number of the row that was added."""
        number = self._db.execute(text, given).lastrowid
        assert number is not None
        return number

    def fact(self, name: str) -> str | None:
        found: str | None = self.one("select value from facts where name = ?", name)
        return found

    def keep(self, name: str, value: str | None) -> None:
        """Keep a fact; None forgets it."""
        if value is None:
            self.change("delete from facts where name = ?", name)
        else:
            self.change("insert or replace into facts values (?, ?)", name, value)

    def positions(self) -> Mapping[str, Position]:
        """Up to where each worker's log has been read."""
        found = self.rows("select worker, segment, place from positions")
        return {worker: Position(segment, place) for worker, segment, place in found}

    def move(self, worker: str, position: Position, read_at: float = 0.0) -> None:
        """Reading goes on here. `read_at`: when the newest record before it had been received."""
        self.change(
            "insert into positions values (?1, ?2, ?3, ?4) on conflict (worker) do update set "
            "segment = ?2, place = ?3, read_at = max(read_at, ?4)",
            worker,
            position.segment,
            position.offset,
            read_at,
        )

    def read_at(self, worker: str) -> float:
        """When the newest record of the worker that was read had been received; 0 before the first."""
        found: float | None = self.one("select read_at from positions where worker = ?", worker)
        return found or 0.0

    def trim(self, now: float, *, keep_days: int, keep_rows: int) -> int:
        """Drop what the policy no longer keeps, a bounded part at once; counts stay. The rows dropped."""
        with self.transaction():
            dropped = self._drop("outcomes", "number", "at < ?", now - keep_days * DAY_S)
            newest = self.one("select max(number) from outcomes") or 0
            surplus = (self.one("select count(*) from outcomes") or 0) - keep_rows
            if surplus > 0 and newest:
                dropped += self._drop("outcomes", "number", "true", limit=min(surplus, _TRIM))
            dropped += self._drop(
                "orders", "order_key", "due_at is null and touched_at < ?", now - ORDER_DAYS * DAY_S
            )
            dropped += self._drop("carts", "visitor", "touched_at < ?", now - CART_DAYS * DAY_S)
            dropped += self._drop("visits", "visitor", "touched_at < ?", now - VISIT_DAYS * DAY_S)
            first = datetime.fromtimestamp(now - ORDER_DAYS * DAY_S, UTC).date().isoformat()
            dropped += self.change("delete from order_values where day < ?", first)
            for table, key in (("carts", "visitor"), ("visits", "visitor"), ("names", "item_id")):
                over = (self.one(f"select count(*) from {table}") or 0) - MOST_KEPT  # noqa: S608 - ours
                if over > 0:
                    dropped += self._drop(table, key, "true", limit=min(over, _TRIM), order="touched_at")
        return dropped

    def _drop(self, table: str, key: str, term: str, *given: Any, limit: int = _TRIM, order: str = "") -> int:
        text = (
            f"delete from {table} where {key} in "  # noqa: S608 - names of ours
            f"(select {key} from {table} where {term} order by {order or key} limit {limit})"
        )
        return self.change(text, *given)
