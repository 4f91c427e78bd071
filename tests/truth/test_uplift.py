"""The interval that a test shows holds the true effect as often as it says it does."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from math import sqrt

import pytest

from collector.simulator.trial import Trial, buyers
from dashboard.lift import Arm, Comparison, Estimate, compare

SEEDS = range(600)  # of 200 the share is itself uncertain by 1.5 of a hundred
ENOUGH = 0.93
UPLIFTS = (0.0, 0.1, 0.15)
SHOWN: dict[str, Callable[[Comparison], Estimate | None]] = {
    "conversion": lambda told: told.conversion,
    "revenue per visitor": lambda told: told.spending,
}


def drawn(trial: Trial, seed: int, *, treated: bool) -> Arm:
    """An arm as the page sums it: visitor by visitor."""
    rng = random.Random(f"{seed}/{trial.uplift}/{treated}")
    rows = [amounts for _, amounts in buyers(trial, rng, treated=treated)]
    return Arm(
        name="B" if treated else "A",
        visitors=trial.visitors,
        buyers=len(rows),
        orders=sum(map(len, rows)),
        paid=sum(map(len, rows)),
        revenue=sum(map(sum, rows)),
        squares=sum(sum(amounts) ** 2 for amounts in rows),
    )


@cache
def comparisons(uplift: float) -> list[Comparison]:
    trial = Trial(uplift=uplift)
    return [compare(drawn(trial, seed, treated=True), drawn(trial, seed, treated=False)) for seed in SEEDS]


def held(told: list[Comparison], name: str, truth: float) -> float:
    """The share of the seeds whose interval holds the truth."""
    found = [SHOWN[name](one) for one in told]
    inside = [one.interval.low <= truth <= one.interval.high for one in found if one and one.interval]
    assert len(inside) == len(SEEDS), "every seed has orders enough for an interval"
    return sum(inside) / len(inside)


@pytest.mark.parametrize("uplift", UPLIFTS)
def test_the_true_uplift_lies_in_the_95_percent_interval_in_93_of_100_seeds(uplift: float) -> None:
    told = comparisons(uplift)
    assert {name: share for name in SHOWN if (share := held(told, name, uplift)) < ENOUGH} == {}


def test_an_interval_half_as_wide_would_not_do() -> None:
    """The check above can fail: half the width holds the truth about two times in three."""
    inside = 0
    for one in comparisons(0.1)[:200]:
        assert one.conversion is not None
        assert one.conversion.interval is not None
        low, high = 1 + one.conversion.interval.low, 1 + one.conversion.interval.high
        middle = sqrt(low * high)
        inside += sqrt(low * middle) <= 1.1 <= sqrt(high * middle)
    assert 0.5 < inside / 200 < 0.8


def test_the_treated_buy_more_often_by_exactly_the_uplift_and_for_no_other_money() -> None:
    trial = Trial(visitors=400_000, uplift=0.25)
    control, treated = (drawn(trial, 1, treated=arm) for arm in (False, True))
    assert control.buyers / trial.visitors == pytest.approx(0.03, rel=0.02)
    assert treated.buyers / trial.visitors == pytest.approx(0.0375, rel=0.02)
    assert control.revenue / control.buyers == pytest.approx(treated.revenue / treated.buyers, rel=0.02)


def test_two_visitors_are_never_one_and_none_comes_from_beyond_the_arm() -> None:
    trial = Trial(visitors=500, conversion=0.4)
    places = [place for place, _ in buyers(trial, random.Random(3), treated=False)]
    assert places == sorted(set(places))
    assert places[0] >= 0
    assert places[-1] < trial.visitors
