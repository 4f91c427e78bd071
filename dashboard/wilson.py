"""The interval of a rate: Wilson's score interval of a proportion.

Unlike the textbook interval it never leaves 0 … 1 and says something true of 0 of 3 and
of 3 of 3. Source: E. B. Wilson, "Probable Inference", JASA 22 (1927), 209–212.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: 95 % of a two-sided interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bound of a share of one."""

    low: float
    high: float


def interval(successes: int, trials: int, *, z: float = Z95) -> Interval | None:
    """The interval of successes/trials; None without a trial. Raises ValueError for no proportion."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no proportion")
    if trials == 0:
        return None
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high)
