"""Repeats of one body within the shop's window (docs/wire/yespo.md §7).

A repeat gets the id of the first, so that it is the store that knows it again: a first request
that could not be stored leaves nothing behind that would make its repeat a duplicate.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

MOST_BODIES = 50_000


class Window:
    """When a body came first, by shop; at most `most` bodies, the oldest forgotten.

    In the memory of this process alone: of several processes each knows only what it took
    itself, and a repeat that another one takes, or that follows a restart, is an event of its own.
    Not thread-safe: one event loop owns it.
    """

    def __init__(self, most: int = MOST_BODIES) -> None:
        self._most = most
        self._first: OrderedDict[tuple[str, bytes], datetime] = OrderedDict()

    def key(self, shop_id: str, body: bytes, now: datetime, seconds: int) -> tuple[str, ...]:
        """What makes a repeat within so many seconds of the first the same event; () without a window."""
        if not seconds:
            return ()
        known = (shop_id, hashlib.sha256(body).digest())
        first = self._first.get(known)
        if first is None or not first <= now < first + timedelta(seconds=seconds):
            first = now
            self._first.pop(known, None)
            self._first[known] = now
            while len(self._first) > self._most:
                self._first.popitem(last=False)
        return ("window", known[1].hex(), first.isoformat(timespec="microseconds"))
