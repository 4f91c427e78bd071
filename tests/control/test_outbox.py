"""The outbox: each thing once, and never silently twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.control import Control
from collector.control.outbox import BACKOFF, Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    control = Control(tmp_path / "control.sqlite")
    yield control.outbox
    control.close()


def test_a_thing_is_put_once_for_the_targets_it_had_then(outbox: Outbox) -> None:
    assert outbox.put("s1", "report:a:2026-03-18", ["x@a.example", "webhook", "x@a.example"], 100.0)
    assert not outbox.put("s1", "report:a:2026-03-18", ["x@a.example", "new@a.example"], 200.0)
    assert [one.target for one in outbox.due(200.0)] == ["x@a.example", "webhook"]


def test_nothing_is_put_for_nobody(outbox: Outbox) -> None:
    assert not outbox.put("s1", "report:a:2026-03-18", [], 100.0)
    assert outbox.put("s1", "report:a:2026-03-18", ["webhook"], 100.0)


def test_what_is_sent_is_not_due_again(outbox: Outbox) -> None:
    outbox.put("s1", "t", ["webhook"], 100.0)
    (one,) = outbox.due(100.0)
    outbox.sent(outbox.take(one), 101.0)
    assert outbox.due(1e12) == []
    (told,) = outbox.of("s1")
    assert (told.state, told.attempts, told.ended_at, told.repeated) == ("sent", 1, 101.0, False)


def test_a_failure_waits_longer_each_time_and_is_given_up_at_last(outbox: Outbox) -> None:
    outbox.put("s1", "t", ["webhook"], 0.0)
    now, waits = 0.0, []
    for _ in BACKOFF:
        (one,) = outbox.due(now)
        outbox.failed(outbox.take(one), "no", now)
        (one,) = outbox.of("s1")
        waits.append(one.next_at - now)
        assert outbox.due(one.next_at - 0.001) == []
        now = one.next_at
    assert waits == list(BACKOFF)
    (one,) = outbox.due(now)
    outbox.failed(outbox.take(one), "still no", now)
    (one,) = outbox.of("s1")
    assert (one.state, one.attempts, one.error, one.ended_at) == ("given_up", 7, "still no", now)


def test_what_may_have_arrived_is_repeated_once_and_says_so(outbox: Outbox) -> None:
    outbox.put("s1", "t", ["webhook"], 0.0)
    (one,) = outbox.due(0.0)
    outbox.failed(outbox.take(one), "broke off", 0.0, unclear=True)
    (again,) = outbox.due(60.0)
    assert again.repeated
    outbox.failed(outbox.take(again), "broke off", 60.0, unclear=True)
    (told,) = outbox.of("s1")
    assert (told.state, told.attempts) == ("given_up", 2)


def test_a_process_that_dies_while_it_sends_leaves_one_repetition(tmp_path: Path) -> None:
    before = Control(tmp_path / "control.sqlite")
    before.outbox.put("s1", "t", ["webhook"], 0.0)
    before.outbox.take(before.outbox.due(0.0)[0])
    before.close()
    after = Control(tmp_path / "control.sqlite")
    assert after.outbox.due(1e9) == []
    assert after.outbox.resume(10.0) == 1
    (one,) = after.outbox.due(70.0)
    assert (one.repeated, one.attempts) == (True, 1)
    after.outbox.take(one)
    assert after.outbox.resume(80.0) == 1
    assert after.outbox.due(1e9) == []
    assert after.outbox.of("s1")[0].state == "given_up"
    after.close()


def test_a_shop_sees_its_own_deliveries_of_one_sort(outbox: Outbox) -> None:
    for shop, thing in (("s1", "report:a"), ("s1", "alert:1:began"), ("s2", "report:b")):
        outbox.put(shop, thing, ["webhook"], 0.0)
    assert [one.thing for one in outbox.of("s1", "report:")] == ["report:a"]
    assert [one.thing for one in outbox.of("s1")] == ["alert:1:began", "report:a"]
