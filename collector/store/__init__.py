"""The store: an index of the log that can be made again. Engines stand beside this file.

`Store` is the one writer, used by the loader; `Reader` answers bounded questions and is
all that the dashboard sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from collector.log import Chunk, Positions

if TYPE_CHECKING:
    from collector.store.console import Limits, Told, Untrusted
    from collector.store.stopping import Stop


class QueryTimeout(Exception):
    """A question took longer than it may; the answer is unknown, not empty."""


class TooManyRows(Exception):
    """A question has more rows than it may return."""


class StoreUnavailable(Exception):
    """Nothing was stored; the same call may succeed later (full disk, locked file, lost connection)."""


class StoreDamaged(StoreUnavailable):
    """The connection or the file cannot be used any more; `reopen` mends that."""


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: column names and rows in order. Values are plain Python."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Snapshot(Protocol):
    """The store as it is at one moment, for questions that must agree with each other."""

    def settled_days(
        self, shop: str, part: str, mark: str, *, start: datetime, until: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """Days inside the period that are prepared under this mark and hold, as (since, until) in order."""

    def query(self, sql: str, params: Mapping[str, Any] | None = None, *, max_rows: int = 10_000) -> Rows:
        """Run one statement. Raises QueryTimeout or TooManyRows."""


class Reader(Protocol):
    """Bounded reads, safe to call from any thread, concurrently with the writer."""

    def query(
        self,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *,
        max_rows: int = 10_000,
        seconds: float = 5.0,
    ) -> Rows:
        """Run one statement. Raises QueryTimeout or TooManyRows."""

    def snapshot(self, seconds: float) -> AbstractContextManager[Snapshot]:
        """Questions to one moment of the store; all of them together may take `seconds`."""

    def stream(self, sql: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Rows one by one, for exports; no row limit, memory bounded."""

    def ask_untrusted(self, question: Untrusted, limits: Limits) -> Told:
        """What a person wrote, asked of one shop. Raises collector.store.console.Refused."""

    def under(self, stop: Stop) -> Reader:
        """The same reader, whose questions (not its streams) end when `stop` is struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one batch brought."""

    requests: int = 0
    events: int = 0
    duplicates: int = 0
    refused: int = 0
    unloadable: int = 0  # records that no store could take; they were put aside in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRules:
    """What a shop decides about its derived rows."""

    session_gap_s: int = 7200
    cancelled_statuses: tuple[str, ...] = ("CANCELLED", "cancelled", "canceled", "refunded")


DeviceRow = tuple[str | None, str | None, str, bool]
"""Browser, operating system, kind of device, bot."""

ArrivalRow = tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None]
"""utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer_host, channel."""


class Enricher(Protocol):
    """What can be said about distinct values of a batch; one row a value, in the same order."""

    def devices(self, user_agents: Sequence[str]) -> Sequence[DeviceRow]: ...

    def arrivals(self, pairs: Sequence[tuple[str | None, str | None]]) -> Sequence[ArrivalRow]:
        """Of (page address, referrer); both are shortened to origin, query and fragment."""


class Store(Protocol):
    """The one writer of a store. Not thread-safe: one thread owns it."""

    def positions(self) -> Positions:
        """Up to where the log has been loaded."""

    def load(self, chunks: Sequence[Chunk], enricher: Enricher, rules: Mapping[str, ShopRules]) -> Loaded:
        """Rows of the chunks, derived tables and positions, in one transaction.

        A shop without rules has the defaults. Raises StoreUnavailable or StoreDamaged, and
        then nothing of the chunks was stored.
        """

    def reopen(self) -> None:
        """Begin anew after damage: with what can be read, else empty. Raises StoreUnavailable."""

    def reader(self) -> Reader: ...

    def close(self) -> None: ...
