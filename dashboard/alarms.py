"""Whether a shop is silent, or sells too little to be chance. What is sent of it is not known here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from collector.forwarder.health import Health

State = Literal["alarm", "well", "unsure", "unknown"]
"""Unsure: too few to be called well, too many to be alarmed of; an alarm that is open stays."""
RARE: Final = 0.001
"""So few by chance in less than one of a thousand windows is an alarm."""
ORDINARY: Final = 0.01
"""From here on an alarm of purchases ends: later than it began, so that it does not flutter."""
LEAST_EXPECTED: Final = -math.log(RARE)
"""Orders that must be expected of a window, so that none at all is alarming: 6.9."""
LEAST_WEEKS: Final = 2
STANDSTILL_S: Final = 3600.0
"""A vendor may be silent for so long before it is told: it is tried every few minutes and shorter outages mend
themselves, and of the day that events wait by default nearly all is left to act in."""
PURCHASES: Final = "purchases"
SILENCE: Final = "silence"
CHECK: Final = "check:"
DESTINATION: Final = "destination:"
ALERT: Final = "alert:"
"""How the outbox calls what is told of an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """What was judged: the window, its orders, those expected, and how likely so few or fewer are."""

    state: State
    hours: int = 0
    orders: int = 0
    expected: float = 0.0
    chance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """When the last event came (naive UTC; None: not in the last days), and for how long there was none."""

    state: State
    last_at: datetime | None = None
    minutes: int = 0


def at_most(count: int, expected: float) -> float:
    """The probability of so many or fewer where `expected` come on average (Poisson)."""
    if expected <= 0:
        return 1.0
    terms = (
        math.exp(number * math.log(expected) - expected - math.lgamma(number + 1))
        for number in range(count + 1)
    )
    return min(1.0, math.fsum(terms))


def purchases(rows: Iterable[Mapping[str, Any]]) -> Purchases:
    """Judge the shortest window that can be judged; unknown for a shop with too few orders, or too young."""
    for row in rows:
        expected = row["expected"]
        if row["weeks"] >= LEAST_WEEKS and expected is not None and expected >= LEAST_EXPECTED:
            chance = at_most(row["orders"], expected)
            state: State = "alarm" if chance < RARE else "well" if chance >= ORDINARY else "unsure"
            return Purchases(
                state=state, hours=row["hours"], orders=row["orders"], expected=expected, chance=chance
            )
    return Purchases(state="unknown")


def silence(last_at: datetime | None, now: datetime, minutes: int, since: datetime | None = None) -> Silence:
    """Judge the time since the last event. All moments are naive UTC.

    `since` is when anybody began to listen: what was before nobody could hear.
    """
    known = [moment for moment in (last_at, since) if moment is not None]
    if not known:
        return Silence(state="unknown")
    quiet = max(timedelta(0), now - max(known))
    state: State = "alarm" if quiet >= timedelta(minutes=minutes) else "well"
    return Silence(state=state, last_at=last_at, minutes=int(quiet.total_seconds() // 60))


def destination(health: Health, now: float, since: float) -> State:
    """Judge whether it stands still: paused by the forwarder, or its vendor does not answer for too long.

    Times are epoch seconds; `since` is when this server began to send. Unknown: a person wants it paused.
    """
    if health.condition == "paused":
        return "alarm" if health.code else "unknown"
    if health.condition == "waiting":
        return "alarm" if now - max(health.since, since) > STANDSTILL_S else "unsure"
    return "well" if health.condition == "running" else "unsure"
