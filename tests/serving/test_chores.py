"""Chores: due when they should be, in step with what they have to do, whatever fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from collector.serving.chores import REST, Chore, Chores


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def chore(work: Callable[[], bool], name: str = "one", every_s: float = 10.0) -> Chore:
    return Chore(name=name, every_s=every_s, work=work)


def test_a_chore_is_done_at_once_and_then_after_its_interval() -> None:
    clock, done = Clock(), list[float]()

    def work() -> bool:
        done.append(clock.now)
        return False

    chores = Chores([chore(work)], monotonic=clock)
    for moment in (100.0, 109.9, 110.0, 115.0, 120.0):
        clock.now = moment
        chores.step()
    assert done == [100.0, 110.0, 120.0]


def test_more_work_waits_for_a_multiple_of_the_last_piece() -> None:
    clock = Clock()

    def work() -> bool:
        clock.now += 0.5
        return True

    chores = Chores([chore(work)], monotonic=clock)
    chores.step()
    assert chores.rest() == 0.5 * REST


def test_a_chore_that_fails_is_logged_and_tried_again_and_its_neighbours_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, done = Clock(), list[str]()

    def broken() -> bool:
        done.append("broken")
        raise OSError("no space")

    def good() -> bool:
        done.append("good")
        return False

    chores = Chores([chore(broken, "bad"), chore(good, "good")], monotonic=clock)
    with caplog.at_level(logging.ERROR):
        chores.step()
        clock.now += 10.0
        chores.step()
    assert done == ["broken", "good"] * 2
    assert [record.message for record in caplog.records] == [
        "the chore bad failed and will be tried again"
    ] * 2


def test_going_round_ends_when_told() -> None:
    stop, done = threading.Event(), list[int]()

    def work() -> bool:
        done.append(1)
        if len(done) == 3:
            stop.set()
        return True

    thread = threading.Thread(target=Chores([chore(work)]).run, args=(stop,))
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert done == [1, 1, 1]


def test_without_chores_there_is_nothing_to_wait_for_but_the_end() -> None:
    assert Chores([]).rest() == 60.0
