"""Records that the store cannot take: found line by line, put aside in files, counted.

One bad line must not stop the loader for ever, and must not be lost either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from collector.log import Chunk

Accepts = Callable[[Sequence[bytes]], bool]
"""Whether these lines can be loaded together; nothing is stored by asking."""


def lines_of(data: bytes) -> list[bytes]:
    """Lines with their newline; only "\\n" ends one."""
    return [line + b"\n" for line in data.split(b"\n") if line]


def separate(lines: Sequence[bytes], accepts: Accepts) -> tuple[list[bytes], list[bytes]]:
    """The lines that can be loaded, and the others, each in their order."""
    bad = {number for number, line in enumerate(lines) if not _is_object(line)}
    rest = [number for number in range(len(lines)) if number not in bad]
    bad.update(_refused([(number, lines[number]) for number in rest], accepts))
    good = [line for number, line in enumerate(lines) if number not in bad]
    return good, [lines[number] for number in sorted(bad)]


def put_aside(folder: Path, chunk: Chunk, lines: Sequence[bytes]) -> Path:
    """Write the lines to a file named by their place in the log, durably; again is the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{chunk.worker}-{chunk.start.segment}-{chunk.start.offset}.ndjson"
    with path.open("wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    return path


def _refused(numbered: Sequence[tuple[int, bytes]], accepts: Accepts) -> list[int]:
    """Halve until the lines that cannot be loaded stand alone."""
    if not numbered or accepts([line for _, line in numbered]):
        return []
    if len(numbered) == 1:
        return [numbered[0][0]]
    middle = len(numbered) // 2
    return [*_refused(numbered[:middle], accepts), *_refused(numbered[middle:], accepts)]


def _is_object(line: bytes) -> bool:
    """Whether a line is JSON and an object: a cheap look, before anything is tried."""
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
