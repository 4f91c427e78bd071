"""multipart/form-data as the form it stands for: PHP's curl sends arrays so (docs/wire/r46.md §8, 37)."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

MOST_PARTS = 10_000
LONGEST_HEAD = 1024
CR = b"\r"
_NAME = re.compile(rb'content-disposition:[^\r\n]*?[;\s]name="([^"\r\n]*)"', re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(rb"--[0-9A-Za-z'()+_,./:=? -]{1,70}")


def as_form(body: bytes) -> str | None:
    """The parts as form-encoded pairs in their order; None where the body is not multipart.

    Known by its first line, as E2 knows bodies by their beginning. Parts without a name are left out,
    and so is what follows the first ten thousand.
    """
    line, _, rest = body.partition(b"\n")
    boundary = line.strip()
    if _BOUNDARY.fullmatch(boundary) is None or (
        _NAME.match(rest[:LONGEST_HEAD].lstrip()) is None and boundary not in rest
    ):
        return None
    pairs = []
    for part in rest.split(b"\n" + boundary, MOST_PARTS)[:MOST_PARTS]:
        head, *value = _HEAD_END.split(part.lstrip(b"\r\n"), maxsplit=1)
        if value and (named := _NAME.search(head[:LONGEST_HEAD])) is not None:
            pairs.append(f"{quote_plus(named[1])}={quote_plus(value[0].removesuffix(CR))}")
    return "&".join(pairs)
