"""Where the log's files lie, and how far they may be read.

    <root>/<worker>/00000001.ndjson       a segment; .ndjson.zst once compressed
    <root>/<worker>/00000001.ndjson.torn  what was cut from it at a start
    <root>/<worker>/synced                the durable end: "<segment> <offset> <crc>"
    <root>/<worker>/lock                  held by the one process that appends

`synced` names the first byte that is not known to be durable. (n + 1, 0) says that
segment n is sealed; a segment below the named one is readable to its end.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from zlib import crc32

from collector.log import Position

_SEGMENT = re.compile(r"([0-9]{8})\.ndjson(?:\.zst)?")
_WORKER = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SYNCED = re.compile(rb"([0-9]{8} [0-9]{10}) ([0-9a-f]{8})\n")
_READS = 5


def segment_path(directory: Path, number: int) -> Path:
    return directory / f"{number:08d}.ndjson"


def compressed_path(directory: Path, number: int) -> Path:
    return directory / f"{number:08d}.ndjson.zst"


def segment_numbers(directory: Path) -> list[int]:
    """Numbers of the segments that exist in either form, ascending; none for a lost directory."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return sorted({int(match[1]) for name in names if (match := _SEGMENT.fullmatch(name))})


def is_worker_name(name: str) -> bool:
    return _WORKER.fullmatch(name) is not None


def worker_names(root: Path) -> list[str]:
    """Directories that may hold a worker's segments, in order of name."""
    try:
        with os.scandir(root) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and is_worker_name(entry.name))
    except FileNotFoundError:
        return []


def read_synced(directory: Path) -> Position | None:
    """The durable end its owner published; None where the file is absent, unreadable or senseless.

    The owner writes without a lock, so a line that fails its checksum is read again.
    """
    for _ in range(_READS):
        try:
            match = _SYNCED.fullmatch((directory / "synced").read_bytes())
        except OSError:
            return None
        if match and int(match[2], 16) == crc32(match[1]):
            segment, offset = match[1].split()
            return Position(int(segment), int(offset))
    return None


class Synced:
    """The owner's side of the `synced` file. Not itself synced: a start makes it anew."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "synced"
        self._descriptor: int | None = None

    def publish(self, end: Position) -> None:
        """Let readers see up to `end`. Raises OSError; readers then stay where they were."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o640)
        text = b"%08d %010d" % (end.segment, end.offset)
        os.pwrite(self._descriptor, b"%b %08x\n" % (text, crc32(text)), 0)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def readable(directory: Path, synced: Position | None) -> list[tuple[int, int | None]]:
    """Segments and the offset up to which each may be read; None is the end of the file.

    Without a durable end only segments that have a successor are known to be closed.
    """
    numbers = segment_numbers(directory)
    if synced is None:
        return [(number, None) for number in numbers[:-1]]
    closed: list[tuple[int, int | None]] = [(number, None) for number in numbers if number < synced.segment]
    if synced.offset and synced.segment in numbers:
        closed.append((synced.segment, synced.offset))
    return closed
