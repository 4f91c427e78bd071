"""Reading every worker's segments in turn, live or long sealed, plain or compressed.

Damage is passed over up to the next whole frame and reported; reading neither stops
nor repeats there. An OSError (a disk that cannot be read now) is the caller's to retry:
passing over it would lose events that may come back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from collector.log import Chunk, Position, Positions
from collector.log.layout import read_synced, readable, worker_names
from collector.log.source import Source, open_source, read_run

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes of a segment that were stored once and cannot be read any more."""

    worker: str
    segment: int
    offset: int
    bytes: int


def log_gap(gap: Gap) -> None:
    _log.error(
        "log %s: segment %d: %d bytes at %d are damaged", gap.worker, gap.segment, gap.bytes, gap.offset
    )


class SegmentReader:
    """A LogReader over the log's directory; one for each consumer, used by one thread at a time.

    A chunk whose range held only damage or frames without records has no data; its
    `end` is a position to go on from like any other.
    """

    def __init__(self, root: Path, *, on_gap: Callable[[Gap], None] = log_gap) -> None:
        self._root = root
        self._on_gap = on_gap
        self._sources: dict[str, tuple[int, Source]] = {}
        self._exhausted: dict[str, tuple[Position, Position]] = {}

    def read(self, after: Positions, max_bytes: int) -> Iterator[Chunk]:
        """Chunks of every worker after the given positions, at most ~max_bytes in all.

        At least one group a worker is returned even where it alone is larger.
        """
        at = {name: after.get(name, Position()) for name in worker_names(self._root)}
        room, first = max_bytes, True
        while at and (first or room > 0):
            share = max(1, room // len(at))
            for name in list(at):
                chunk = self._next(name, at[name], share) if first or room > 0 else None
                if chunk is None or (not first and len(chunk.data) > room):
                    del at[name]
                    continue
                room -= len(chunk.data)
                at[name] = chunk.end
                yield chunk
            first = False

    def end(self) -> Positions:
        """Where reading would stop now, by worker; a worker without a stored byte is absent."""
        ends = {name: self._end(name) for name in worker_names(self._root)}
        return {name: end for name, end in ends.items() if end is not None}

    def _next(self, worker: str, at: Position, budget: int) -> Chunk | None:
        """The next chunk of one worker, None where it has nothing more to read now."""
        directory = self._root / worker
        synced = read_synced(directory)
        if synced is not None and (synced == at or self._exhausted.get(worker) == (synced, at)):
            return None
        for number, limit in readable(directory, synced):
            if number < at.segment:
                continue
            offset = at.offset if number == at.segment else 0
            chunk = self._chunk(worker, Position(number, offset), limit, budget)
            if chunk is not None:
                return chunk
        if synced is not None:
            self._exhausted[worker] = (synced, at)
        return None

    def _chunk(self, worker: str, start: Position, limit: int | None, budget: int) -> Chunk | None:
        """From `start` on in its segment; None at its end, or where it has been deleted."""
        try:
            return self._chunk_of(self._source(worker, start.segment), worker, start, limit, budget)
        except FileNotFoundError:  # compressed or deleted since it was listed
            self._sources.pop(worker, None)
        try:
            return self._chunk_of(self._source(worker, start.segment), worker, start, limit, budget)
        except FileNotFoundError:
            return None

    def _chunk_of(
        self, source: Source, worker: str, start: Position, limit: int | None, budget: int
    ) -> Chunk | None:
        size = source.size()
        limit = size if limit is None else min(size, limit)
        if start.offset >= limit:
            self._sources.pop(worker, None)
            return None
        run = read_run(source, start.offset, limit, budget)
        if run.lost:
            self._on_gap(Gap(worker, start.segment, start.offset, run.lost))
        return Chunk(worker, start, Position(start.segment, run.end), run.data, run.records)

    def _source(self, worker: str, number: int) -> Source:
        """The segment's bytes; kept, because a compressed one is cheap only forwards."""
        kept = self._sources.get(worker)
        if kept is not None and kept[0] == number:
            return kept[1]
        source = open_source(self._root / worker, number)
        if source is None:
            raise FileNotFoundError(f"segment {number} of {worker}")
        self._sources[worker] = (number, source)
        return source

    def _end(self, worker: str) -> Position | None:
        directory = self._root / worker
        synced = read_synced(directory)
        for number, limit in reversed(readable(directory, synced)):
            size = _size(directory, number)
            limit = size if limit is None else min(size, limit)
            if limit:
                return Position(number, limit)
        return None


def _size(directory: Path, number: int) -> int:
    """Bytes of a segment that may change form meanwhile; 0 where it has been deleted."""
    for _ in range(2):
        try:
            source = open_source(directory, number)
            return source.size() if source else 0
        except FileNotFoundError:
            continue
    return 0
