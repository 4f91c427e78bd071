"""Ends a question whose time is up or that holds too much, as soon as the engine lets go."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from collector.store.console import Limits

EVERY_S: Final = 0.05
SPILL: Final = 4
"""How many times its memory a question may put on the disk."""
_PAGE: Final = resource.getpagesize()
_RESIDENT: Final = Path("/proc/self/statm")
_PAGES: Final = """
select
    coalesce(sum(memory_usage_bytes) filter (where tag in ('BASE_TABLE', 'METADATA')), 0)::bigint,
    coalesce(sum(temporary_storage_bytes), 0)::bigint
from duckdb_memory()
"""


class Watch:
    """Looks at the time and at what the process holds, and interrupts the cursor until it ends.

    What the process holds more than at the beginning counts as the question's: others may be told
    of trouble that was not theirs, which is better than a loader without memory.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        limits: Limits,
    ) -> None:
        self._cursor = cursor
        self._connect = connect
        self._limits = limits
        self._reason = ""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="r46-console-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def end(self) -> None:
        """End the question now: nobody waits for it."""
        self._reason = self._reason or "left"

    def reason(self) -> tuple[str]:
        """The code of why it was ended."""
        return (self._reason or "memory",)

    def _look(self) -> None:
        until = time.monotonic() + self._limits.seconds
        with contextlib.closing(self._connect()) as beside:
            held, spilt = _taken(beside)
            while not self._done.wait(EVERY_S):
                if time.monotonic() > until:
                    self._reason = self._reason or "time"
                now_held, now_spilt = _taken(beside)
                if now_held - held > self._limits.memory or now_spilt - spilt > SPILL * self._limits.memory:
                    self._reason = self._reason or "memory"
                if self._reason:
                    self._cursor.interrupt()


def _taken(cursor: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Bytes that the process holds beside pages of the file, and bytes on the disk beside the file."""
    try:
        ((pages, spilt),) = cursor.execute(_PAGES).fetchall()
    except duckdb.Error:
        return 0, 0
    return _held() - int(pages), int(spilt)


def _held() -> int:
    """Bytes of memory that the process holds; 0 where the system does not tell."""
    try:
        return int(_RESIDENT.read_text().split()[1]) * _PAGE
    except OSError:
        return 0
