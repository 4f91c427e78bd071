"""Ids that carry their rule: time-ordered request ids and recognisable event ids.

The namespace and the parts of a key are those of docs/wire/canonical.md, "event_id".
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime

NAMESPACE = uuid.UUID("f138cf5c-3d8e-50ed-b39a-268715f0dbc4").bytes

TAILS = 512

IdMaker = Callable[[datetime], str]
"""Makes a UUIDv7 for a moment in time."""


def keyed_id(*parts: str) -> str:
    """UUIDv5 of the parts joined by U+001F: equal parts are one event, for ever."""
    digest = hashlib.sha1(
        NAMESPACE + "\x1f".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def is_keyed(event_id: str) -> bool:
    """Whether two rows with this id are one event (UUIDv5), or it is a fresh UUIDv7."""
    return event_id[14] == "5"


class TimeOrderedIds:
    """UUIDv7 whose text order is the order of the calls, within one process.

    48 bits of milliseconds, then a 26-bit counter (RFC 9562, method 1), then
    randomness from `random_bytes`. A clock that steps back does not break the order.
    """

    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes
        self._random: Iterator[str] = iter(
            ()
        )  # tails drawn ahead: asking the system for each would cost most of an id
        self._milliseconds = 0
        self._counter = 0

    def __call__(self, moment: datetime) -> str:
        milliseconds = int(moment.timestamp() * 1000)
        if milliseconds > self._milliseconds:
            self._milliseconds, self._counter = milliseconds, 0
        else:
            self._counter += 1
            if self._counter >> 26:
                self._milliseconds, self._counter = self._milliseconds + 1, 0
        count = self._counter
        tail = next(self._random, "") or self._drawn()
        text = f"{self._milliseconds:012x}7{count >> 14:03x}{0x8000 | (count & 0x3FFF):04x}{tail}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _drawn(self) -> str:
        """The first of many tails of twelve hexadecimal digits."""
        digits = self._random_bytes(6 * TAILS).hex()
        self._random = iter([digits[at : at + 12] for at in range(0, len(digits), 12)])
        return next(self._random)
