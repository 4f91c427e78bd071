"""Compressing segments that every consumer has passed.

The compressed file is written beside the segment, synced, read back and only then
named; the segment goes last. A crash at any step leaves a readable segment and at most
a file that the next run removes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import zstandard

from collector.log import Position, Positions
from collector.log.disk import Disk, OsDisk, write_all
from collector.log.layout import compressed_path, read_synced, readable, segment_path, worker_names
from collector.log.source import CompressedSource, PlainSource, Source

_log = logging.getLogger(__name__)

_LEVEL = 3
_STEP_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Compressed:
    """A segment that has changed form, and its size in bytes before and after."""

    worker: str
    segment: int
    before: int
    after: int


def compress_sealed(root: Path, consumed: Positions, *, disk: Disk | None = None) -> list[Compressed]:
    """Compress what is sealed and wholly before `consumed`, the least position of all consumers.

    Run by one process at a time. A segment that cannot be compressed now (no room) stays as it is.
    """
    done: list[Compressed] = []
    for worker in worker_names(root):
        directory = root / worker
        for number in _passed(directory, consumed.get(worker, Position())):
            try:
                done.append(Compressed(worker, number, *_compress(directory, number, disk or OsDisk())))
            except OSError as error:
                _log.warning("log %s: segment %d not compressed: %s", worker, number, error)
    return done


def _passed(directory: Path, consumed: Position) -> Iterator[int]:
    """Sealed, plain, non-empty segments whose last byte the position is behind."""
    for number, limit in readable(directory, read_synced(directory)):
        plain = segment_path(directory, number)
        size = plain.stat().st_size if limit is None and plain.exists() else 0
        if size and Position(number, size) <= consumed:
            yield number


def _compress(directory: Path, number: int, disk: Disk) -> tuple[int, int]:
    """Sizes before and after. Raises OSError with the segment untouched."""
    plain, target = segment_path(directory, number), compressed_path(directory, number)
    temporary = target.with_name(target.name + ".tmp")
    source = PlainSource(plain)
    size = source.size()
    disk.remove(temporary)
    try:
        checksum = _write_compressed(source, size, temporary, disk)
        if _checksum(CompressedSource(temporary), size) != checksum:
            raise OSError(f"{temporary.name} does not read back as it was written")
        disk.rename(temporary, target)
    except OSError:
        disk.remove(temporary)
        raise
    disk.remove(plain)
    return size, target.stat().st_size


def _write_compressed(source: Source, size: int, path: Path, disk: Disk) -> int:
    """Write and sync; the checksum of the uncompressed bytes."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True)
    stream = compressor.compressobj(size=size)
    checksum = 0
    descriptor = disk.create(path)
    try:
        for offset in range(0, size, _STEP_BYTES):
            data = source.read_at(offset, min(_STEP_BYTES, size - offset))
            checksum = crc32(data, checksum)
            write_all(disk, descriptor, stream.compress(data))
        write_all(disk, descriptor, stream.flush())
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    return checksum


def _checksum(source: Source, size: int) -> int:
    checksum = 0
    for offset in range(0, size, _STEP_BYTES):
        checksum = crc32(source.read_at(offset, _STEP_BYTES), checksum)
    return checksum
