"""Visitors of a test whose true effect is known, one by one, without their clicks.

For asking a method of statistics many times over: a whole shop is not needed to know who
bought for how much. The treated buy more often by exactly the uplift, and an order of theirs is
worth the same, so that conversion and revenue per visitor rise by the same true share.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`visitors` of each arm, of whom `conversion` buy untreated, and 1 + `uplift` times as many treated.

    Money of a buyer is log-normal around `typical` with `spread`; a share `again` of buyers
    buys a second time.
    """

    visitors: int = 10_000
    conversion: float = 0.03
    uplift: float = 0.0
    typical: float = 40.0
    spread: float = 0.6
    again: float = 0.1

    def rate(self, treated: bool) -> float:
        """The true conversion of an arm."""
        return self.conversion * (1 + self.uplift if treated else 1)


def buyers(trial: Trial, rng: random.Random, *, treated: bool) -> Iterator[tuple[int, list[float]]]:
    """Place and orders of every visitor of the arm that buys, in the order of places.

    Who buys is drawn for each visitor independently: the gap to the next buyer at once, which is
    the same.
    """
    stays_away = log(1 - trial.rate(treated))
    place = -1
    while True:
        place += 1 + int(log(1 - rng.random()) / stays_away)
        if place >= trial.visitors:
            return
        count = 2 if rng.random() < trial.again else 1
        yield place, [round(exp(rng.gauss(log(trial.typical), trial.spread)), 2) for _ in range(count)]
