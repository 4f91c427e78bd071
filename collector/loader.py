"""Follows the log into the store: rows, derived rows and position in one transaction.

One thread owns it and the store's writing half. What fails for a reason that may pass (a full
disk, a lost connection) is tried again; what is damaged is opened anew; a record that no store
can take is put aside by the store. Nothing here stops following but the caller.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from collector.log import LogReader, Position, Positions
from collector.store import Enricher, Loaded, ShopRules, Store, StoreDamaged, StoreUnavailable

BATCH_BYTES = 16 * 1024 * 1024
"""Read at once at most: some 20,000 events, the size at which a commit costs least a row."""

BULK_BYTES = 48 * 1024 * 1024
"""Read at once when a whole history is brought in and nobody waits: a third less work a row."""

POLL_SECONDS = 0.05
SPACING_SECONDS = 0.15
FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 5.0
DRAIN_SECONDS = 2.0
_log = logging.getLogger(__name__)

Progress = Callable[[Loaded, Positions, Positions], None]
"""Called after each batch with what was brought so far, where that is, and where the log ends."""


class ShopLike(Protocol):
    """The part of a shop's settings that derived rows depend on."""

    @property
    def shop_id(self) -> str: ...
    @property
    def session_gap_s(self) -> int: ...
    @property
    def cancelled_statuses(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderState:
    """For people and metrics. `lag_s`: how long the log's end has been out of reach."""

    total: Loaded = field(default_factory=Loaded)
    caught_up: bool = False
    lag_s: float = 0.0
    committed_at: datetime | None = None
    error: str = ""
    failures: int = 0


class Loader:
    """Made with the log's reading half, the store and what enriches; `run` in a thread of its own."""

    def __init__(
        self,
        reader: LogReader,
        store: Store,
        enricher: Enricher,
        *,
        shops: Callable[[], Sequence[ShopLike]] = tuple,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._store = store
        self._enricher = enricher
        self._shops = shops
        self._clock = clock
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._positions: dict[str, Position] = dict(store.positions())
        self._state = LoaderState()
        self._at_end = monotonic()

    def positions(self) -> Positions:
        """Up to where the log is in the store."""
        with self._changed:
            return dict(self._positions)

    @property
    def state(self) -> LoaderState:
        with self._changed:
            lag = 0.0 if self._state.caught_up else self._monotonic() - self._at_end
            return replace(self._state, lag_s=lag)

    def step(self, max_bytes: int = BATCH_BYTES) -> bool:
        """Load one batch; whether there was one, or the log's end is reached.

        Raises StoreUnavailable or StoreDamaged, and OSError where the log cannot be read.
        """
        chunks = list(self._reader.read(self._positions, max_bytes))
        loaded = self._store.load(chunks, self._enricher, self._rules()) if chunks else None
        with self._changed:
            if loaded is not None:
                self._positions.update({chunk.worker: chunk.end for chunk in chunks})
                self._state = replace(
                    self._state, total=_plus(self._state.total, loaded), committed_at=self._clock()
                )
            else:
                self._at_end = self._monotonic()
            self._state = replace(self._state, caught_up=loaded is None, error="")
            self._changed.notify_all()
        return bool(chunks)

    def catch_up(self, progress: Progress | None = None) -> Loaded:
        """Load until the log's end; what this brought. Errors are the caller's."""
        before = self.state.total
        while self.step(BULK_BYTES):
            if progress:
                progress(_minus(self.state.total, before), self.positions(), self._reader.end())
        return _minus(self.state.total, before)

    def wait_until(self, positions: Positions, timeout: float) -> bool:
        """Whether everything before the positions is in the store within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._covers(positions), timeout)

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop, then load what is there already."""
        delay = FIRST_RETRY_SECONDS
        while not stop.is_set():
            started = self._monotonic()
            try:
                more = self.step()
            except Exception as error:
                self._failed(error)
                stop.wait(delay)
                delay = min(delay * 2, LAST_RETRY_SECONDS)
                continue
            delay = FIRST_RETRY_SECONDS
            spent = self._monotonic() - started
            stop.wait(max(0.0, SPACING_SECONDS - spent) if more else POLL_SECONDS)
        self._drain()

    def _drain(self) -> None:
        until = self._monotonic() + DRAIN_SECONDS
        try:
            while self._monotonic() < until and self.step():
                pass
        except (StoreUnavailable, OSError) as error:
            _log.warning("stopped before the log's end, which is loaded at the next start: %s", error)

    def _failed(self, error: Exception) -> None:
        """Remember why, and mend what can be mended at once."""
        with self._changed:
            self._state = replace(
                self._state, error=str(error), failures=self._state.failures + 1, caught_up=False
            )
        damaged = isinstance(error, StoreDamaged)
        known = isinstance(error, StoreUnavailable | OSError)
        _log.error("loading failed and will be tried again: %s", error, exc_info=not known)
        try:
            if damaged:
                self._store.reopen()
            stored = dict(self._store.positions())
        except StoreUnavailable as again:
            _log.error("the store cannot be used now: %s", again)
            return
        with self._changed:
            self._positions = stored

    def _covers(self, positions: Positions) -> bool:
        return all(self._positions.get(worker, Position()) >= end for worker, end in positions.items())

    def _rules(self) -> Mapping[str, ShopRules]:
        return {
            shop.shop_id: ShopRules(
                session_gap_s=shop.session_gap_s, cancelled_statuses=shop.cancelled_statuses
            )
            for shop in self._shops()
        }


def _plus(first: Loaded, second: Loaded) -> Loaded:
    return Loaded(
        requests=first.requests + second.requests,
        events=first.events + second.events,
        duplicates=first.duplicates + second.duplicates,
        refused=first.refused + second.refused,
        unloadable=first.unloadable + second.unloadable,
    )


def _minus(first: Loaded, second: Loaded) -> Loaded:
    return Loaded(
        requests=first.requests - second.requests,
        events=first.events - second.events,
        duplicates=first.duplicates - second.duplicates,
        refused=first.refused - second.refused,
        unloadable=first.unloadable - second.unloadable,
    )
