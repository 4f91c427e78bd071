"""What a destination at work does when the disk, the way out or its ledger fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from collector.destinations.contract import Answer, Outgoing, Request
from collector.forwarder.figures import Figures
from collector.forwarder.ledger import Ledger
from collector.forwarder.runner import Runner
from tests.forwarder.world import World, fine


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_a_full_disk_undid_is_read_again_and_nothing_counts_twice(world: World) -> None:
    ledger = world.line.ledger
    ledger.rows(f"pragma max_page_count = {ledger.one('pragma page_count') + 4}")
    events = [world.event(device_id=f"d-{number}", props={"text": "x" * 500}) for number in range(200)]
    world.happens(*events)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        world.read()
    assert (world.health.waiting, world.health.counts) == (0, {})
    ledger.rows("pragma max_page_count = 100000")
    world.goes(fine, seconds=30)
    assert world.states() == {event.event_id: "delivered" for event in events}
    assert world.health.counts == {"delivered": 200}


def test_a_transaction_that_cannot_be_committed_is_undone_and_the_next_one_counts(tmp_path: Path) -> None:
    ledger, seen = Ledger(tmp_path / "a.sqlite"), list[str]()
    ledger.when_undone(lambda: seen.append("undone"))
    ledger.rows(
        "create table one (id integer primary key, other integer references one deferrable initially deferred)"
    )
    ledger.rows("pragma foreign_keys = on")
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction():
        ledger.change("insert into one values (1, 7)")
    assert seen == ["undone"]
    with ledger.transaction():
        ledger.keep("later", "kept")
    ledger.close()
    again = Ledger(tmp_path / "a.sqlite")
    assert (again.fact("later"), again.one("select count(*) from one")) == ("kept", 0)
    again.close()


@dataclass
class Way:
    """A way out whose first sends do what a test wants; then everything arrives."""

    first: list[Callable[[], None]] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)

    async def send(self, outgoing: Outgoing, *, connect_s: float, total_s: float, now: datetime) -> Answer:
        assert isinstance(outgoing, Request)
        self.told.append([one["id"] for one in msgspec.json.decode(outgoing.body)])
        if self.first:
            self.first.pop(0)()
        return Answer(status=200, sent=True)

    async def close(self) -> None:
        return None


def _runs(world: World, way: Way, done: Callable[[], bool]) -> None:
    """At work on a clock that gains a second with every look, until that is so."""

    def clock() -> float:
        world.now += 1.0
        return world.now

    async def work() -> None:
        runner = Runner("one", world.line, way, Figures(), clock=clock, segment_bytes=1 << 26)
        stop = asyncio.Event()
        task = asyncio.create_task(runner.run(stop))
        async with asyncio.timeout(20):
            while not done() and not task.done():
                await asyncio.sleep(0.01)
        stop.set()
        await task

    asyncio.run(work())


def test_a_send_that_breaks_off_is_tried_again_and_marked(world: World) -> None:
    def breaks() -> None:
        raise RuntimeError("an error of ours")

    event = world.event()
    world.happens(event)
    way = Way(first=[breaks, breaks])
    _runs(world, way, lambda: bool(world.states()))
    assert world.states() == {event.event_id: "delivered"}
    assert (world.outcomes()[event.event_id].maybe, world.outcomes()[event.event_id].tries) == (True, 2)
    assert way.told == [[event.event_id]] * 3


def test_an_answer_that_cannot_be_noted_does_not_hold_the_visitor_up_for_ever(world: World) -> None:
    ledger, undo = world.line.ledger, "drop trigger full"
    event, later = world.event(), world.event()

    def fills() -> None:
        ledger.rows(
            "create temp trigger full before insert on outcomes begin select raise(abort, 'disk is full'); end"
        )

    def empties() -> None:
        ledger.rows(undo)

    world.happens(event)
    way = Way(first=[fills, empties])
    _runs(world, way, lambda: bool(world.states()))
    assert world.states() == {event.event_id: "delivered"}
    assert world.outcomes()[event.event_id].maybe
    world.open()
    world.happens(later)
    world.goes(fine, seconds=5)
    assert world.states()[later.event_id] == "delivered"


def test_an_answer_that_nobody_understands_is_asked_again_and_marked(world: World) -> None:
    event = world.event()
    world.happens(event)
    answers = [Answer(status=200, body=b"[not json", sent=True), Answer(status=200, sent=True)]
    world.goes(lambda packet: answers.pop(0), seconds=30)
    assert world.states() == {event.event_id: "delivered"}
    assert world.outcomes()[event.event_id].maybe


def test_quiet_that_was_asked_for_is_not_ended_by_an_earlier_request(world: World) -> None:
    events = [world.event(device_id=f"d-{number}") for number in range(6)]
    world.happens(*events)
    world.read()
    world.now += 2
    first, second = world.leaves()
    world.line.answered(first, Answer(status=429, headers={"retry-after": "60"}, sent=True), world.now)
    world.line.answered(second, Answer(status=200, sent=True), world.now)
    world.happens(*(world.event(device_id=f"d-{number}") for number in range(6)))
    world.goes(fine, seconds=55)
    assert len(world.sent) == 2
    world.goes(fine, seconds=20)
    assert world.health.counts == {"delivered": 12}
