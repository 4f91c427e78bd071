"""When a destination may be told something: its rate, its breaker and its budget of repetitions.

Values only: the caller says what time it is and brings the random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 300.0
FAILURES: Final = 5
"""So many failures in a row open the breaker."""

Random = Callable[[], float]
"""A number from 0 up to 1."""


def jittered(tries: int, random: Random) -> float:
    """Seconds before the next try: full jitter over 1 s x 2 to the number of tries, 300 s at most."""
    return random() * min(LONGEST_S, FIRST_S * 2.0 ** min(tries, 32))


@dataclass(slots=True)
class Rate:
    """At most `per_s` requests a second, evenly, so that catching up is no burst. 0: as fast as it goes."""

    per_s: float
    free_at: float = 0.0

    def take(self, now: float) -> None:
        if self.per_s > 0:
            self.free_at = max(now, self.free_at) + 1.0 / self.per_s


@dataclass(slots=True)
class Budget:
    """At most `per_minute` repetitions a minute; what is not used is kept for one minute."""

    per_minute: float
    left: float = field(default=-1.0)
    at: float = 0.0

    def free_at(self, now: float) -> float:
        """When the next repetition may be sent."""
        self._fill(now)
        return now if self.left >= 1.0 else now + (1.0 - self.left) * 60.0 / self.per_minute

    def take(self, now: float) -> None:
        self._fill(now)
        self.left -= 1.0

    def _fill(self, now: float) -> None:
        if self.left < 0.0 and not self.at:
            self.left = self.per_minute
        self.left = min(self.per_minute, self.left + max(0.0, now - self.at) * self.per_minute / 60.0)
        self.at = now


@dataclass(slots=True)
class Breaker:
    """Closed, or open until a moment after which a single request tries whether it works again.

    Apart from that the vendor may ask for quiet, which an answer to what had been sent before does not end.
    """

    failures: int = 0
    open_until: float = 0.0
    quiet_until: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.failures >= FAILURES

    @property
    def until(self) -> float:
        """Nothing leaves before."""
        return max(self.open_until, self.quiet_until)

    def failed(self, now: float, random: Random) -> None:
        self.failures += 1
        if self.is_open:
            wait = max(FIRST_S, jittered(self.failures - FAILURES + 1, random))
            self.open_until = max(self.open_until, now + wait)

    def hold(self, until: float) -> None:
        """The vendor asked for quiet until then."""
        self.quiet_until = max(self.quiet_until, until)

    def worked(self) -> None:
        self.failures, self.open_until = 0, 0.0

    def mended(self) -> None:
        """Somebody says that it works: no waiting."""
        self.worked()
        self.quiet_until = 0.0

    def allows(self, now: float, in_flight: int) -> bool:
        """Whether a request may leave: after an open breaker's time, one at once."""
        return now >= self.until and not (self.is_open and in_flight)
