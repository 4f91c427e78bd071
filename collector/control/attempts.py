"""How often something was tried of late: so that guessing takes longer than anybody has."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Final

KEYS: Final = 10_000
"""Keys that are remembered; the one tried longest ago makes room."""


class Attempts:
    """At most `most` tries of a key in `seconds`, counted in the memory of this process. Safe from any thread."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, now: float) -> int:
        """0 where one may try, which counts; else whole seconds, at least 1, until one may."""
        with self._lock:
            tried = self._tried.setdefault(key, deque())
            self._tried.move_to_end(key)
            while tried and tried[0] <= now - self._seconds:
                tried.popleft()
            if len(tried) >= self._most:
                return max(1, -int((now - self._seconds - tried[0]) // 1))
            tried.append(now)
            if len(self._tried) > KEYS:
                self._tried.popitem(last=False)
            return 0

    def forgive(self, key: str) -> None:
        """Forget the last try, which was a good one."""
        with self._lock:
            tried = self._tried.get(key)
            if tried:
                tried.pop()
