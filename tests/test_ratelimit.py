"""A shop may send its rate and a second's worth at once, in whatever rhythm, and never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ratelimit import SECOND, RateLimit

SHOP = "kettles"


rates = st.integers(1, 1000)
gaps = st.lists(st.sampled_from((0.0, 0.0, 0.0001, 0.003, 0.02, 0.37, 1.0, 1.5, 61.0)), max_size=200)


@given(rate=rates, gaps=gaps, start=st.floats(0, 2e9))
def test_no_window_ever_sees_more_than_its_seconds_worth_and_one_burst(
    rate: int, gaps: list[float], start: float
) -> None:
    limit, now, passed = RateLimit(), start, list[int]()
    for gap in gaps:
        now += gap
        if limit.wait(SHOP, "rees46", rate, now) == 0:
            passed.append(int(now * SECOND))
    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            spent = passed[last] - begin
            assert (last - first + 1 - rate) * SECOND <= spent * rate


@given(rate=rates, gaps=gaps)
def test_who_waits_as_long_as_told_may_pass(rate: int, gaps: list[float]) -> None:
    limit, now = RateLimit(), 0.0
    for gap in gaps:
        now += gap
        seconds = limit.wait(SHOP, "rees46", rate, now)
        assert seconds in (0, 1)
        if seconds:
            now += seconds
            assert limit.wait(SHOP, "rees46", rate, now) == 0


@given(rate=rates)
def test_a_rested_shop_may_send_a_second_of_requests_at_once_and_then_waits(rate: int) -> None:
    limit = RateLimit()
    waits = [limit.wait(SHOP, "rees46", rate, 5.0) for _ in range(rate + 2)]
    assert waits == [0] * rate + [1, 1]


def test_a_refused_request_is_not_counted() -> None:
    limit = RateLimit()
    assert [limit.wait(SHOP, "rees46", 1, now) for now in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)] == [
        0,
        1,
        1,
        1,
        1,
        0,
    ]


def test_shops_and_vendors_are_counted_apart() -> None:
    limit = RateLimit()
    pairs = (("kettles", "rees46"), ("kettles", "yespo"), ("lamps", "rees46"))
    assert [limit.wait(shop, vendor, 1, 0.0) for shop, vendor in pairs] == [0, 0, 0]
    assert [limit.wait(shop, vendor, 1, 0.5) for shop, vendor in pairs] == [1, 1, 1]


@pytest.mark.parametrize("rate", [0, -1])
def test_a_shop_without_a_limit_never_waits_and_takes_no_memory(rate: int) -> None:
    limit = RateLimit()
    assert {limit.wait(SHOP, "rees46", rate, 0.0) for _ in range(1000)} == {0}
    assert len(limit) == 0


def test_only_the_pairs_of_the_last_second_are_remembered() -> None:
    limit = RateLimit()
    for number in range(10_000):
        assert limit.wait(f"shop-{number}", "rees46", 2, number / 10) == 0
    assert len(limit) <= 10


def test_a_clock_that_goes_back_costs_a_second_at_most() -> None:
    limit = RateLimit()
    assert [limit.wait(SHOP, "rees46", 3, 1_000.0) for _ in range(3)] == [0, 0, 0]
    assert limit.wait(SHOP, "rees46", 3, 10.0) == 1
    assert limit.wait(SHOP, "rees46", 3, 11.0) == 0
