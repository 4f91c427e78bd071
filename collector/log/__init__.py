"""The durable log: the truth of this product. Engines stand beside this file.

A writer appends whole records; a reader follows positions. A position is a place
between groups in one worker's segments, and consumers own their positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Bytes before `offset` of `segment` (a number, from 1) have been read."""

    segment: int = 0
    offset: int = 0


Positions = Mapping[str, Position]
"""By worker name; a worker that is absent has not been read at all."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole records of one worker, as NDJSON bytes, and where the next chunk begins."""

    worker: str
    start: Position
    end: Position
    data: bytes
    records: int


class EventLog(Protocol):
    """The writing half, one per collector process."""

    async def append(self, record: bytes) -> None:
        """Return once `record` would survive a power cut. Raise Unavailable if it cannot.

        It may be several lines: they are as much one as a line is, stored whole or not at all.
        """

    async def probe(self) -> None:
        """Return if an append would succeed now; raise Unavailable with the reason if not."""

    async def close(self) -> None:
        """Store what waits, refuse what comes later, seal."""


class LogReader(Protocol):
    """The reading half: sees only what is durable, never a torn or unsynced byte."""

    def read(self, after: Positions, max_bytes: int) -> Iterator[Chunk]:
        """Chunks of every worker after the given positions, at most ~max_bytes in all.

        At least one group a worker is returned even where it alone is larger.
        """

    def end(self) -> Positions:
        """Where reading would stop now, by worker."""
