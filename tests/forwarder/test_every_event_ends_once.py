"""Whatever a vendor answers and whenever the process dies: every event ends in exactly one state, none is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.contract import Answer, Limits
from collector.event import Event
from collector.forwarder.packing import Packet
from tests.forwarder.world import World, fine, ids, kind

ANSWERS = {
    "fine": Answer(status=200, sent=True),
    "refuses the first": Answer(status=200, body=b"[0]", sent=True),
    "bad request": Answer(status=400, body=b"no", sent=True),
    "too large": Answer(status=413, sent=True),
    "too many": Answer(status=429, headers={"retry-after": "30"}, sent=True),
    "broken": Answer(status=503, sent=True),
    "unreachable": Answer(fault="connect"),
    "cut": Answer(fault="cut", sent=True),
    "silent": Answer(fault="timeout", sent=True),
    "no key": Answer(status=401, sent=True),
    "nowhere": Answer(status=404, sent=True),
}
MOODS = st.sampled_from([*ANSWERS, "dies before", "dies after", "rests"])


class Play:
    """A vendor with moods, one a request, and a process that dies."""

    def __init__(self, world: World, moods: Sequence[str]) -> None:
        self.world = world
        self.moods = list(moods)
        self.told: list[tuple[str, bool]] = []
        """Events that arrived, each time they did, with whether that was answered."""

    def turn(self) -> None:
        """Every packet that may leave now meets a mood."""
        while packets := self.world.leaves():
            for packet in packets:
                mood = self.moods.pop(0) if self.moods else "fine"
                if mood.startswith("dies"):
                    self._arrives(packet, answered=False, whole=mood == "dies after")
                    self.world.line.ledger.close()
                    self.world.open()
                    return
                answer = ANSWERS.get(mood, ANSWERS["fine"])
                self._arrives(
                    packet,
                    answered=bool(answer.status),
                    whole=bool(answer.sent) and answer.status in (0, 200),
                )
                self.world.line.answered(packet, answer, self.world.now)
                if self.world.line.standing.paused:
                    self.world.line.resume(self.world.now)

    def _arrives(self, packet: Packet, *, answered: bool, whole: bool) -> None:
        if whole:
            self.told += [(name, answered) for name in ids(packet)]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    visitors=st.lists(st.integers(0, 4), min_size=1, max_size=25),
    moods=st.lists(MOODS, max_size=25),
    commands=st.integers(1, 6),
    lanes=st.integers(1, 3),
)
def test_every_event_ends_in_exactly_one_state(
    visitors: list[int], moods: list[str], commands: int, lanes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), plain=kind(Limits(commands=commands, lanes=lanes)))
        play = Play(world, moods)
        events = [world.event(device_id=f"d-{visitor}") for visitor in visitors]
        for event in events:
            world.happens(event)
        for _ in range(400):
            world.now += 20
            world.read()
            play.turn()
            if not play.moods and world.health.waiting == 0:
                break
        _check(world, play, events)


def _check(world: World, play: Play, events: list[Event]) -> None:
    outcomes = world.outcomes()
    assert set(outcomes) == {event.event_id for event in events}
    assert sum(world.health.counts.values()) == len(events)
    assert Counter(one.state for one in outcomes.values()) == Counter(
        {state: count for state, count in world.health.counts.items() if count}
    )
    arrivals = Counter(name for name, _ in play.told)
    for name, one in outcomes.items():
        assert one.state in ("delivered", "failed")
        if one.state == "delivered":
            assert arrivals[name] >= 1
        if arrivals[name] > 1:
            assert one.maybe, f"{name} arrived {arrivals[name]} times and is not marked"
    for device in {event.device_id for event in events}:
        _in_order(play, [event.event_id for event in events if event.device_id == device])


def _in_order(play: Play, mine: list[str]) -> None:
    """The first arrivals of a visitor's events have the order of the events."""
    first = list(dict.fromkeys(name for name, _ in play.told if name in mine))
    assert all(mine.index(before) < mine.index(after) for before, after in pairwise(first))


def test_a_week_without_the_vendor_costs_a_bounded_ledger_and_ends_without_a_burst(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=1, lanes=4, rate=10)))
    for day in range(7):
        for hour in range(24):
            for number in range(40):
                world.happens(world.event(device_id=f"d-{(day + hour + number) % 50}"))
            world.goes(lambda packet: Answer(fault="connect"), seconds=3600, step=120.0)
    size = world.file.stat().st_size
    assert size < 8 * 1024 * 1024
    assert len(world.sent) < 7 * 24 * 40
    before = len(world.sent)
    world.goes(fine, seconds=600, step=0.1)
    counts = {state: count for state, count in world.health.counts.items() if count}
    assert sum(counts.values()) == 7 * 24 * 40
    assert 6 * 24 * 40 <= counts["expired"] <= 6 * 24 * 40 + 80
    moments = [moment for moment, _ in world.sent[before:]]
    assert all(later - earlier > 0.99 for earlier, later in zip(moments, moments[10:], strict=False))
