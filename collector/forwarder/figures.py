"""How many requests each destination was sent, how they were answered, and how long that took: plain numbers."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; what took longer than the last stands in one more bucket."""


@dataclass(slots=True)
class Figure:
    """Requests of one destination that were answered alike: `buckets` by duration, and the sum of seconds."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.buckets)


class Figures:
    """Counts since the process began. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Figure] = {}

    def request(self, destination_id: str, answered: str, seconds: float) -> None:
        """One request. `answered` is `2xx` … `5xx`, or a fault of the contract."""
        with self._lock:
            figure = self._found.setdefault((destination_id, answered), Figure())
            figure.buckets[bisect_left(BOUNDS, seconds)] += 1
            figure.seconds += seconds

    def read(self) -> Mapping[tuple[str, str], Figure]:
        """By destination and answer, as of now."""
        with self._lock:
            return {
                key: Figure(buckets=list(figure.buckets), seconds=figure.seconds)
                for key, figure in self._found.items()
            }
