"""Questions that nobody waits for any more are ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.store import QueryTimeout


class Stop:
    """Ends whatever was asked under it, once and for good. Safe to use from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._struck = False

    @property
    def struck(self) -> bool:
        return self._struck

    def strike(self) -> None:
        """End what runs under it, and let nothing more begin."""
        with self._guard:
            self._struck = True
            ends = tuple(self._ends)
        for end in ends:
            end()

    @contextmanager
    def reaches(self, end: Callable[[], None]) -> Iterator[None]:
        """While the block runs a strike calls `end`. Raises QueryTimeout where it was struck before."""
        with self._guard:
            if self._struck:
                raise QueryTimeout("nobody waits for it any more")
            self._ends.append(end)
        try:
            yield
        finally:
            with self._guard:
                self._ends.remove(end)
