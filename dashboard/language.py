"""Which language a request is answered in: the one chosen, else what the browser prefers, else English."""

from __future__ import annotations

from typing import Final

from dashboard.texts import languages

COOKIE: Final = "r46_language"
DEFAULT: Final = "en"


def choose(cookie: str, accepted: str) -> str:
    """The language for a cookie's value and an Accept-Language header. Both are text of a stranger."""
    known = languages()
    if cookie in known:
        return cookie
    for name in _preferred(accepted):
        if name in known:
            return name
    return DEFAULT


def _preferred(accepted: str) -> list[str]:
    """Primary languages of an Accept-Language header, the most wanted first (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if quality > 0:
            wanted.append((-quality, place, name.strip().lower().split("-")[0]))
    return [name for _, _, name in sorted(wanted)]


def _quality(weight: str) -> float:
    _, found, value = weight.strip().partition("q=")
    if not found:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
