"""What an experiment shows: two arms of visitors, their difference, and how sure it is.

The unit is the visitor, who stays in the arm that was given, whatever was seen of it.
Intervals are of 95 %. Sources: Wilson (see `wilson`) for a rate; Newcombe, Statistics in
Medicine 17 (1998), 873–890, method 10, for a difference of rates; the delta method on the
logarithm for a ratio of means; Pearson's χ² with one degree of freedom for the split.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, hypot, log, sqrt
from typing import Final

from dashboard import wilson
from dashboard.wilson import Z95, Interval

GUARD: Final = 0.001
"""Splits less likely than this are no accident: the result is hidden."""

FEW_ORDERS: Final = 20
"""Below so many orders in an arm there is no interval."""

ENOUGH_ORDERS: Final = 100
"""Below so many orders in an arm a result is directional only."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A number over `n` visitors: its sum, and the sum of its squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else 0.0

    @property
    def error(self) -> float:
        """The variance of the mean; 0 where a single visitor says nothing of it."""
        if self.n < 2:
            return 0.0
        return max(0.0, self.squares - self.total * self.total / self.n) / (self.n - 1) / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What the visitors of one arm did. `squares` sums the squares of each visitor's revenue.

    Revenue is of one currency; `paid` counts the orders in it.
    """

    name: str
    visitors: int
    buyers: int
    orders: int
    paid: int
    revenue: float
    squares: float

    @property
    def conversion(self) -> Sample:
        """1 for a visitor with an order, 0 for one without."""
        return Sample(self.visitors, float(self.buyers), float(self.buyers))

    @property
    def spending(self) -> Sample:
        """Revenue of each visitor."""
        return Sample(self.visitors, self.revenue, self.squares)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and, where it can be told, its interval."""

    value: float
    interval: Interval | None


def relative(arm: Sample, control: Sample) -> Estimate | None:
    """mean(arm)/mean(control) − 1; None without a control to divide by."""
    if not control.n or not arm.n or control.mean <= 0:
        return None
    ratio = arm.mean / control.mean
    if ratio <= 0 or min(arm.n, control.n) < 2:
        return Estimate(ratio - 1, None)
    half = Z95 * sqrt(arm.error / arm.mean**2 + control.error / control.mean**2)
    return Estimate(ratio - 1, Interval(exp(log(ratio) - half) - 1, exp(log(ratio) + half) - 1))


def difference(arm: Arm, control: Arm) -> Estimate | None:
    """Conversion of the arm minus that of the control, by Newcombe; None without visitors in one."""
    mine, theirs = (wilson.interval(one.buyers, one.visitors) for one in (arm, control))
    if mine is None or theirs is None:
        return None
    here, there = arm.conversion.mean, control.conversion.mean
    low = here - there - hypot(here - mine.low, theirs.high - there)
    high = here - there + hypot(mine.high - here, there - theirs.low)
    return Estimate(here - there, Interval(low, high))


def incremental(arm: Arm, control: Arm) -> Estimate | None:
    """Revenue of the arm's visitors beyond what as many of the control would have brought."""
    if not arm.visitors or not control.visitors:
        return None
    mine, theirs = arm.spending, control.spending
    value = arm.visitors * (mine.mean - theirs.mean)
    if min(mine.n, theirs.n) < 2:
        return Estimate(value, None)
    half = Z95 * arm.visitors * sqrt(mine.error + theirs.error)
    return Estimate(value, Interval(value - half, value + half))


def split_chance(control: int, arm: int, *, share: float = 0.5) -> float:
    """How likely so uneven a split is (p of χ²), where the control should have `share` of the visitors."""
    visitors = control + arm
    if not visitors:
        return 1.0
    expected = visitors * share
    squared = (control - expected) ** 2 / expected + (control - expected) ** 2 / (visitors - expected)
    return erfc(sqrt(squared / 2))


def smallest(sample: Sample) -> float | None:
    """The relative lift that two equal arms of these visitors find: 4·√(CV²/n), n visitors an arm.

    Power 80 % at 5 % two-sided. None where the mean is 0 or nobody came.
    """
    if sample.n < 2 or sample.mean <= 0:
        return None
    spread = max(0.0, sample.squares / sample.n - sample.mean**2) / sample.mean**2
    return 4 * sqrt(spread / (sample.n / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An arm against the control. `chance` is that of the split; hidden results have no estimates.

    `standing` is hidden, few (no intervals), directional or enough.
    """

    arm: Arm
    control: Arm
    chance: float
    standing: str
    difference: Estimate | None = None
    conversion: Estimate | None = None
    spending: Estimate | None = None
    incremental: Estimate | None = None


def compare(arm: Arm, control: Arm, *, share: float = 0.5) -> Comparison:
    """What may be said of an arm, where the control should have `share` of the visitors of both."""
    chance = split_chance(control.visitors, arm.visitors, share=share)
    if chance < GUARD:
        return Comparison(arm=arm, control=control, chance=chance, standing="hidden")
    orders = min(arm.orders, control.orders)
    few = orders < FEW_ORDERS
    return Comparison(
        arm=arm,
        control=control,
        chance=chance,
        standing="few" if few else "directional" if orders < ENOUGH_ORDERS else "enough",
        difference=_told(difference(arm, control), few),
        conversion=_told(relative(arm.conversion, control.conversion), few),
        spending=_told(relative(arm.spending, control.spending), few),
        incremental=_told(incremental(arm, control), few),
    )


def _told(estimate: Estimate | None, few: bool) -> Estimate | None:
    return Estimate(estimate.value, None) if estimate and few else estimate
