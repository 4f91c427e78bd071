"""Reasons, names and times of Destinations in words."""

from __future__ import annotations

from typing import Final

from collector import reasons
from dashboard import translated
from dashboard.funnel_drops import duration
from dashboard.page import Row
from dashboard.scope import Scope

LONGEST: Final = 80
"""Of a name that a stranger chose, on a page; data has it whole."""


def reason_of(code: str, scope: Scope) -> Row:
    """The texts of a code; one of another version may no longer be listed, and has none."""
    try:
        found = translated.reason(code, scope.words)
    except LookupError:
        return {"code": code, "level": reasons.level(code), "explanation": "", "mend": "", "rule": ""}
    return {
        "code": code,
        "level": found.level,
        "explanation": found.explanation,
        "mend": found.mend,
        "rule": found.rule,
    }


def label_of(words: str, value: str, scope: Scope) -> str:
    """The name of a value where it has one in that file of texts, else the value, cut where it is endless."""
    key = f"{words}.{value}"
    if scope.words.has(key):
        return scope.words(key)
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def span(seconds: float, scope: Scope) -> str:
    """A time; less than a second is none."""
    return scope.words("destinations.no_lag") if seconds < 1 else duration(round(seconds))


def amount(events: int, scope: Scope) -> str:
    return scope.words("destinations.events", count=events)
