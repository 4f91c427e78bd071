"""How many equal rows came before, in a file of any length, in little memory.

Equal rows are real events and each of them counts, so that "the third such row" needs
a number. Counting every row would hold the whole file; instead a first pass marks, in
a bit map, which rows *may* occur twice, and only those few are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from collector.store.files import Row

_BITS_PER_ROW = 16  # about 6 % of single rows are counted for nothing


def digest_of(row: Row) -> bytes:
    """SHA-256 of the row's values joined by U+001F."""
    return hashlib.sha256("\x1f".join(row).encode("utf-8", "surrogatepass")).digest()


class Occurrences:
    """Mark every row once, then number every row once, in the same order."""

    def __init__(self, rows: int) -> None:
        """`rows` is the expected number: memory is 4 bytes for each."""
        self._mask = (1 << max(rows * _BITS_PER_ROW, 64).bit_length()) - 1
        self._once = bytearray((self._mask >> 3) + 1)
        self._twice = bytearray((self._mask >> 3) + 1)
        self._counts: dict[bytes, int] = {}

    def mark(self, rows: Iterable[Row]) -> None:
        """First pass."""
        once, twice, mask = self._once, self._twice, self._mask
        for row in rows:
            place = int.from_bytes(digest_of(row)[:8], "big") & mask
            byte, bit = place >> 3, 1 << (place & 7)
            if once[byte] & bit:
                twice[byte] |= bit
            else:
                once[byte] |= bit

    def number(self, digest: bytes) -> int:
        """Second pass: how many rows of this digest were numbered before."""
        place = int.from_bytes(digest[:8], "big") & self._mask
        if not self._twice[place >> 3] & 1 << (place & 7):
            return 0
        before = self._counts.get(digest, 0)
        self._counts[digest] = before + 1
        return before
