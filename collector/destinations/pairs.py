"""What a raw request needs before it can go on: that it is whole, and another credential among its pairs."""

from __future__ import annotations

from urllib.parse import quote_plus, unquote_plus

from collector.destinations.contract import RawRequest

REDACTED = "[redacted]"


def is_whole(raw: RawRequest) -> bool:
    """Whether nothing was taken out of what was kept of it; otherwise it cannot be sent again."""
    marks = (REDACTED, quote_plus(REDACTED))
    return not any(mark in raw.query or mark.encode() in raw.body for mark in marks)


def with_pair(query: str, name: str, value: str) -> tuple[str, bool]:
    """The query or form with the value of that name exchanged, and whether the name was there at all."""
    found = False
    pairs = []
    for pair in query.split("&"):
        given = unquote_plus(pair.partition("=")[0]).lstrip("?")
        if given.lower() == name.lower():
            found, pair = True, f"{given}={quote_plus(value)}"
        pairs.append(pair)
    return "&".join(pairs), found


def without_pairs(query: str, names: frozenset[str]) -> str:
    """The query without pairs of these names (in lower case), the others as they were written."""
    pairs = (pair for pair in query.lstrip("?").split("&") if pair)
    return "&".join(one for one in pairs if unquote_plus(one.partition("=")[0]).lower() not in names)
