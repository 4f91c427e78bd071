"""The interval of a rate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.wilson import interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857–872: method 3 of his examples
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
        (81, 263, 0.2553, 0.3662),
        (0, 20, 0.0, 0.1611),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_the_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    found = interval(successes, trials)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_without_a_trial_there_is_no_interval() -> None:
    assert interval(0, 0) is None


@pytest.mark.parametrize(("successes", "trials"), [(2, 1), (-1, 5), (0, -1)])
def test_more_successes_than_trials_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        interval(successes, trials)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(trials=st.integers(1, 10**9), data=st.data())
def test_the_interval_holds_the_rate_stays_within_bounds_and_mirrors(
    trials: int, data: st.DataObject
) -> None:
    successes = data.draw(st.integers(0, trials))
    found, mirror = interval(successes, trials), interval(trials - successes, trials)
    assert found is not None
    assert mirror is not None
    assert 0 <= found.low <= successes / trials <= found.high <= 1
    assert mirror.low == pytest.approx(1 - found.high, abs=1e-9)
