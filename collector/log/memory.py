"""The log without a disk: both halves of it, for tests and for looking around."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from collector.errors import Unavailable
from collector.log import Chunk, Position, Positions


class MemoryLog:
    """An EventLog and its LogReader. Every record is a group; nothing outlives the object.

    `capacity` is the most bytes it holds: beyond, it refuses as a full disk does.
    """

    def __init__(self, *, worker: str = "w0", capacity: int = 1 << 30) -> None:
        self.capacity = capacity
        self._worker = worker
        self._records: list[bytes] = []
        self._ends = [0]
        self._closed = False

    async def append(self, record: bytes) -> None:
        """Keep the record. Raise Unavailable where it is closed or full."""
        self._check(len(record))
        self._records.append(record)
        self._ends.append(self._ends[-1] + len(record))

    async def probe(self) -> None:
        """Return if a record of one byte would be kept."""
        self._check(1)

    async def close(self) -> None:
        """Refuse what comes later."""
        self._closed = True

    def read(self, after: Positions, max_bytes: int) -> Iterator[Chunk]:
        """One chunk of whole records after the position, at most `max_bytes` or one record."""
        start = after.get(self._worker, Position(1, 0))
        ends = self._ends
        if start.offset >= ends[-1]:
            return
        first = bisect_left(ends, start.offset)
        last = first + 1
        while last < len(self._records) and ends[last + 1] - ends[first] <= max_bytes:
            last += 1
        data = b"".join(self._records[first:last])
        yield Chunk(
            worker=self._worker,
            start=Position(1, ends[first]),
            end=Position(1, ends[last]),
            data=data,
            records=data.count(b"\n"),
        )

    def end(self) -> Positions:
        """Where reading would stop now."""
        return {self._worker: Position(1, self._ends[-1])} if self._records else {}

    def _check(self, size: int) -> None:
        if self._closed:
            raise Unavailable("the log is closed")
        if self._ends[-1] + size > self.capacity:
            raise Unavailable("the log cannot store")
