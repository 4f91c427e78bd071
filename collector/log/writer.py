"""One worker's segments as its only writer sees them: groups in, whole or not at all.

Used by one thread. What a failure left behind the durable end is cut before anything
else is written; a segment whose sync failed is never written again, because what such
a sync left on the disk is unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.log import Position
from collector.log.disk import Disk, write_all
from collector.log.frame import MAX_OFFSET, encode, encode_payload
from collector.log.layout import Synced, segment_path
from collector.log.worker import Worker

_log = logging.getLogger(__name__)

_MIB = 1024 * 1024
_PROBE_PADDING = b"\n" * 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds. What waits includes what is being written."""

    waiting_records: int = 20_000
    waiting_bytes: int = 64 * _MIB
    frame_bytes: int = 16 * _MIB
    segment_bytes: int = 64 * _MIB
    spacing: float = 0.002
    probe_every: float = 1.0

    def __post_init__(self) -> None:
        if self.segment_bytes + 2 * self.waiting_bytes > MAX_OFFSET:
            raise ValueError("a segment and a full group behind it must stay below 4 GiB")


class SegmentWriter:
    """Every method raises OSError where the disk failed; the next call starts afresh."""

    def __init__(self, worker: Worker, disk: Disk, limits: Limits) -> None:
        self._worker = worker
        self._disk = disk
        self._limits = limits
        self._synced = Synced(worker.directory)
        self._descriptor: int | None = None
        self._segment = worker.next_segment
        self._durable = 0
        self._dirty = False
        self._condemned = False

    def write(self, records: Sequence[bytes]) -> None:
        """Return once all these records are durable; after a failure none of them is kept."""
        descriptor = self._ready()
        end = self._durable
        self._dirty = True
        try:
            for part in _parts(records, self._limits.frame_bytes):
                frame = encode(part, offset=end)
                write_all(self._disk, descriptor, frame)
                end += len(frame)
        except OSError:
            self._try_to_cut()
            raise
        self._sync(descriptor)
        self._dirty = False
        self._durable = end
        self._publish(Position(self._segment, end))
        if end >= self._limits.segment_bytes:
            self._seal()

    def probe(self) -> None:
        """Write and sync a frame without records, and take it away again."""
        descriptor = self._ready()
        self._dirty = True
        frame = encode_payload(_PROBE_PADDING, records=0, offset=self._durable)
        try:
            write_all(self._disk, descriptor, frame)
        except OSError:
            self._try_to_cut()
            raise
        self._sync(descriptor)
        self._cut()

    def close(self) -> None:
        """Seal what is open. Where that fails, the next start does it."""
        try:
            self._cut()
            self._seal()
        finally:
            self._synced.close()

    def _ready(self) -> int:
        """The open segment, cut to its durable end; a new one where none is open."""
        self._cut()
        while self._descriptor is None:
            try:
                self._descriptor = self._disk.create(segment_path(self._worker.directory, self._segment))
            except FileExistsError:  # left by a creation that failed half-way; nothing is in it
                self._segment += 1
        return self._descriptor

    def _sync(self, descriptor: int) -> None:
        try:
            self._disk.sync(descriptor)
        except OSError:
            self._condemned = True
            self._try_to_cut()
            raise

    def _try_to_cut(self) -> None:
        try:
            self._cut()
        except OSError as error:
            _log.warning("log %s: segment %d not cut yet: %s", self._worker.name, self._segment, error)

    def _cut(self) -> None:
        if self._descriptor is not None and self._dirty:
            self._disk.truncate(self._descriptor, self._durable)
            self._dirty = False
        if self._condemned:
            self._seal()

    def _seal(self) -> None:
        """Close the segment for ever and let the next write start another."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        self._condemned = False
        self._segment += 1
        self._durable = 0
        self._publish(Position(self._segment, 0))
        self._disk.close(descriptor)

    def _publish(self, end: Position) -> None:
        try:
            self._synced.publish(end)
        except OSError as error:  # the records are durable all the same; readers see them later
            _log.error("log %s: durable end not published: %s", self._worker.name, error)


def _parts(records: Sequence[bytes], most: int) -> Iterator[Sequence[bytes]]:
    """The records in order, in parts of at most `most` bytes, or of one larger record."""
    if sum(map(len, records)) <= most:
        yield records
        return
    start = size = 0
    for index, record in enumerate(records):
        if size and size + len(record) > most:
            yield records[start:index]
            start, size = index, 0
        size += len(record)
    yield records[start:]
