"""The bytes of one segment, plain or compressed, addressed by their uncompressed offset."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import zstandard

from collector.log.frame import HEADER_BYTES, Frame, first_frame, frame_at
from collector.log.layout import compressed_path, segment_path

_log = logging.getLogger(__name__)

_SLACK = 64 * 1024
_READ_BYTES = 128 * 1024


class Source(Protocol):
    """Holds no file open between calls. Raises FileNotFoundError once the file has gone."""

    def size(self) -> int:
        """Uncompressed bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """At most `length` bytes; fewer only at the end, or where nothing more can be read."""


class PlainSource:
    """A `.ndjson` segment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        return os.stat(self._path).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            return os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)


class CompressedSource:
    """A `.ndjson.zst` segment. Reading forward never decompresses a byte twice.

    A compressed file that is damaged ends where the damage begins.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rewind()

    def size(self) -> int:
        with open(self._path, "rb") as file:
            try:
                return max(0, zstandard.frame_content_size(file.read(18)))
            except zstandard.ZstdError as error:
                _log.error("%s: not readable at all: %s", self._path, error)
                return 0

    def read_at(self, offset: int, length: int) -> bytes:
        if offset < self._base:
            self._rewind()
        while not self._over and self._base + len(self._window) < offset + length:
            self._more()
            self._drop_before(offset)
        self._drop_before(offset)
        start = offset - self._base
        return bytes(self._window[start : start + length])

    def _rewind(self) -> None:
        self._stream = zstandard.ZstdDecompressor().decompressobj()
        self._read = 0
        self._base = 0
        self._window = bytearray()
        self._over = False

    def _more(self) -> None:
        compressed = PlainSource(self._path).read_at(self._read, _READ_BYTES)
        self._read += len(compressed)
        try:
            self._window += self._stream.decompress(compressed) if compressed else b""
        except zstandard.ZstdError:
            self._over = True
        self._over = self._over or self._stream.eof or not compressed

    def _drop_before(self, offset: int) -> None:
        surplus = min(offset - self._base, len(self._window))
        if surplus > 0:
            del self._window[:surplus]
            self._base += surplus


def open_source(directory: Path, number: int) -> Source | None:
    """The segment in whichever form it has now; None where it has been deleted."""
    plain, compressed = segment_path(directory, number), compressed_path(directory, number)
    # Compression renames the new file into place before it removes the old one, so
    # looking for the plain file first finds the segment whenever it exists.
    if plain.exists():
        return PlainSource(plain)
    return CompressedSource(compressed) if compressed.exists() else None


@dataclass(frozen=True, slots=True)
class Run:
    """Whole frames in a row: their payloads joined, `lost` damaged bytes before the first.

    `last` is the offset after the last whole frame, `end` where reading goes on.
    """

    end: int
    data: bytes
    records: int
    lost: int = 0
    last: int | None = None


def read_run(source: Source, offset: int, limit: int, budget: int) -> Run:
    """Frames from `offset`, at least one where there is one, else at most `budget` bytes of payload.

    Bytes that are no frame are passed over up to the next frame or, if there is none, to `limit`.
    """
    buffer = source.read_at(offset, min(limit - offset, budget + _SLACK))
    while (first := first_frame(buffer, base=offset, limit=limit)) is None:
        more = source.read_at(
            offset + len(buffer), min(limit - offset - len(buffer), max(len(buffer), _SLACK))
        )
        if not more:
            return Run(end=limit, data=b"", records=0, lost=limit - offset)
        buffer += more
    frames = _following(buffer, first, base=offset, limit=limit, budget=budget)
    with memoryview(buffer) as view:
        data = b"".join([view[frame.payload] for frame in frames if frame.records])
    end = offset + frames[-1].end
    return Run(end, data, sum(frame.records for frame in frames), lost=first.at, last=end)


def _following(buffer: bytes, first: Frame, *, base: int, limit: int, budget: int) -> list[Frame]:
    """`first` and the frames that stand right behind it, while their payloads fit the budget."""
    frames = [first]
    room = budget - (first.end - first.at - HEADER_BYTES)
    while room > 0 and frames[-1].end < len(buffer):
        found = frame_at(buffer, frames[-1].end, base=base, limit=limit)
        if not isinstance(found, Frame):
            break
        room -= found.end - found.at - HEADER_BYTES
        if room < 0:
            break
        frames.append(found)
    return frames
