"""One group of records on disk: a header line, then the records, under one checksum.

    #r46log1 <offset> <length> <records> <crc>\\n      four fields of eight hex digits

`offset` is the frame's own place in its segment and `crc` covers the header before it
and the payload, so that a copy of a frame inside a payload, or a stale block of the
disk, never passes for a frame. Pure functions over bytes; no file is opened here.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

MAGIC = b"#r46log1 "
HEADER_BYTES = len(MAGIC) + 4 * 9
MAX_OFFSET = 0xFFFF_FFFF

_HEADER = re.compile(re.escape(MAGIC) + rb"([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})\n")
_CHECKED_BYTES = HEADER_BYTES - 10


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame that passed its checksum; `at` and `end` are indices into the buffer."""

    at: int
    end: int
    records: int

    @property
    def payload(self) -> slice:
        return slice(self.at + HEADER_BYTES, self.end)


class Trouble(enum.Enum):
    """Why no frame stands at a place: the buffer ends too early, or the bytes are not one."""

    SHORT = enum.auto()
    DAMAGED = enum.auto()


def encode(records: Sequence[bytes], *, offset: int) -> bytes:
    """The frame of these records, each of them whole lines, for the place `offset` of a segment."""
    payload = b"".join(records)
    return encode_payload(payload, records=payload.count(b"\n"), offset=offset)


def encode_payload(payload: bytes, *, records: int, offset: int) -> bytes:
    """The frame of a payload that holds `records` records."""
    checked = b"%b%08x %08x %08x" % (MAGIC, offset, len(payload), records)
    return b"%b %08x\n%b" % (checked, crc32(payload, crc32(checked)), payload)


def frame_at(buffer: bytes, at: int, *, base: int, limit: int) -> Frame | Trouble:
    """The frame at index `at` of bytes that were read at offset `base` of a segment.

    `limit` is the offset where the segment's readable bytes end: a frame that says it
    goes beyond is damaged; one that only goes beyond the buffer is short.
    """
    header = _HEADER.match(buffer, at)
    if header is None:
        more = len(buffer) - at < HEADER_BYTES and base + len(buffer) < limit
        return Trouble.SHORT if more else Trouble.DAMAGED
    offset, length, records, checksum = (int(field, 16) for field in header.groups())
    end = at + HEADER_BYTES + length
    if offset != base + at or base + end > limit:
        return Trouble.DAMAGED
    if end > len(buffer):
        return Trouble.SHORT
    with memoryview(buffer) as view:
        actual = crc32(view[at + HEADER_BYTES : end], crc32(view[at : at + _CHECKED_BYTES]))
    return Frame(at, end, records) if actual == checksum else Trouble.DAMAGED


def first_frame(buffer: bytes, *, base: int, limit: int) -> Frame | None:
    """The first whole frame at or after the start of the buffer, however damaged that start is.

    None says that more bytes are needed or, where the buffer reaches `limit`, that there is none.
    """
    at = 0
    while at >= 0:
        found = frame_at(buffer, at, base=base, limit=limit)
        if isinstance(found, Frame):
            return found
        if found is Trouble.SHORT:
            return None
        at = buffer.find(MAGIC, at + 1)
    return None
