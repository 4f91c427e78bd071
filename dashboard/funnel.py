"""What a funnel is made of, and how an address writes its steps.

A step is an event of the vocabulary, `session` (its beginning), or `custom:NAME` for an
event of the shop's own, whose name is percent-encoded so that commas stay between steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args
from urllib.parse import quote, unquote

from collector.event import EventName

OWN: Final = "custom:"
EVENTS: Final = (
    "session",
    *(name for name in get_args(EventName) if name not in ("custom", "session_start")),
)
USUAL: Final = ("session", "view_item", "add_to_cart", "purchase")
FEWEST: Final = 2
MOST: Final = 6
WINDOWS: Final = {"session": 86_400, "1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000}
"""Seconds between the first step and any later one; a session is followed for a day."""
UNITS: Final = ("session", "visitor")
SPLITS: Final = ("device", "channel", "tool")


def read(text: str) -> tuple[tuple[str, ...], str]:
    """Steps of `a,b,c`, and what of it is no step. Empty parts are no steps and no fault."""
    steps: list[str] = []
    strange: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        step = _step(part)
        if step and len(steps) < MOST:
            steps.append(step)
        else:
            strange.append(part)
    if steps and len(steps) < FEWEST:
        return (), ", ".join((*steps, *strange))
    return tuple(steps), ", ".join(strange)


def _step(part: str) -> str:
    if part in EVENTS:
        return part
    name = unquote(part.removeprefix(OWN)).replace("\0", "") if part.startswith(OWN) else ""
    return f"{OWN}{name}" if name else ""


def write(steps: Iterable[str]) -> str:
    """The text of steps as an address has it; empty for the usual ones."""
    listed = tuple(steps)
    return "" if listed == USUAL else ",".join(map(part_of, listed))


def part_of(step: str) -> str:
    """One step as an address has it."""
    return f"{OWN}{quote(step.removeprefix(OWN), safe='')}" if step.startswith(OWN) else step


def steps_of(text: str) -> tuple[str, ...]:
    """The steps that an address means: those of its text, else the usual ones."""
    return read(text)[0] or USUAL
