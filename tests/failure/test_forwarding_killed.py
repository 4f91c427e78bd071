"""Forwarding under kill -9: at least once, twice only what was in flight, and that is marked."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from collector.forwarder.health import Health, Outcome
from collector.forwarder.reading import Reading, ledger_file
from collector.settings import Settings
from collector.wire import Shop
from tests.destinations.plays import Got, Play, held, ok
from tests.destinations.recorder import Recorder, recorder
from tests.failure.load import Load
from tests.server import SHOP_ID, Server, add_shop, wait_until

pytestmark = pytest.mark.failure

ROUNDS = int(os.environ.get("R46_KILL_ROUNDS", "6"))
MOST_IN_FLIGHT = 4 * 100
"""Lanes of a webhook, and events of a request; the other kind has fewer."""


@dataclass
class Arrivals:
    """A vendor that takes all: the products it was told of, each time, with their events' ids."""

    read: Callable[[Any], list[tuple[str, str]]]
    answer: Callable[[Got], Play]
    names: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    holding: bool = False
    refusing: bool = False

    def __call__(self, got: Got) -> Play:
        if self.refusing:
            return ok(b'{"success":false,"error":"closed today"}')
        for event_id, name in self.read(got.json()):
            self.names.append(name)
            self.ids[name] = event_id
        if self.holding:
            self.holding = False
            return held(self.answer(got).body)
        return self.answer(got)


def _of_webhook(body: Any) -> list[tuple[str, str]]:
    return [(one["event_id"], one["items"][0]["item_id"]) for one in body["events"]]


def _of_exponea(body: Any) -> list[tuple[str, str]]:
    told = [one["data"]["properties"] for one in body["commands"] if one["name"] == "customers/events"]
    return [(one["event_id"], one["product_id"]) for one in told]


def _results(got: Got) -> Play:
    results = [{"success": True} for _ in got.json()["commands"]]
    return ok(json.dumps({"success": True, "results": results}).encode())


@dataclass
class Place:
    """A server that forwards to two vendors."""

    server: Server
    control: Control
    vendors: tuple[Recorder, Recorder]
    arrivals: tuple[Arrivals, Arrivals]
    stored: tuple[Stored, Stored]

    @property
    def hook(self) -> Stored:
        return self.stored[0]

    def health(self, one: Stored) -> Health:
        return Reading(ledger_file(self.server.data, one.destination_id)).health()

    def outcomes(self, one: Stored) -> dict[str, Outcome]:
        """All of them, by event."""
        reading, found = Reading(ledger_file(self.server.data, one.destination_id)), dict[str, Outcome]()
        page = reading.outcomes(limit=1000)
        while page:
            found.update((got.event_id, got) for got in page)
            page = reading.outcomes(limit=1000, before=page[-1].number)
        return found

    def events(self) -> int:
        return len(self.server.exported())

    def delivered(self) -> None:
        """Until every event of the log has an end at both."""
        count = self.events()
        wait_until(lambda: all(self._ended(one) >= count for one in self.stored), 60, self._told)
        for one in self.stored:
            assert len(self.outcomes(one)) == sum(self.health(one).counts.values()) == count

    def _ended(self, one: Stored) -> int:
        health = self.health(one)
        return sum(health.counts.values()) if not health.waiting else 0

    def _told(self) -> str:
        return "\n".join([*(str(self.health(one)) for one in self.stored), self.server.said()[-3000:]])


@contextmanager
def place(folder: Path, *options: str) -> Iterator[Place]:
    data = folder / "data"
    add_shop(data, Shop(shop_id=SHOP_ID))
    control = Control(data / "control.sqlite", settings=Settings(data=data, webhook_private=True))
    server = Server(data, options, environ={"R46_WEBHOOK_PRIVATE": "on"})
    arrivals = (Arrivals(_of_webhook, lambda got: ok(b"{}")), Arrivals(_of_exponea, _results))
    with recorder() as hook, recorder() as vendor:
        hook.always("*", arrivals[0])
        vendor.always("*", arrivals[1])
        stored = (
            _added(control, "webhook", {"url": f"{hook.url}/in"}, {"secret": "whsecret"}),
            _added(
                control,
                "exponea",
                {"base_url": vendor.url, "project": "tok-7"},
                {"key": "kkkkkkk", "secret": "sssssss"},
            ),
        )
        try:
            yield Place(server, control, (hook, vendor), arrivals, stored)
        finally:
            hook.release()
            vendor.release()
            if server.running():
                server.kill()
            control.close()


def _added(control: Control, kind: str, options: dict[str, str], secrets: dict[str, str]) -> Stored:
    now = time.time()
    return control.destinations.add(SHOP_ID, kind, kind, options, secrets, start_at=now - 1, now=now)


def _loaded(running: Place, label: str, count: int, *, senders: int = 2) -> set[str]:
    """So many events and some more, acknowledged."""
    load = Load(running.server.port, label, senders=senders)
    load.start()
    wait_until(lambda: load.count() >= count, 60, running.server.said)
    load.stop()
    return load.acknowledged


def _check(running: Place, acknowledged: set[str], kills: int) -> None:
    """Nothing lost, nothing refused, nobody overtaken; whatever came twice is marked."""
    for one, arrivals in zip(running.stored, running.arrivals, strict=True):
        came, outcomes = Counter(arrivals.names), running.outcomes(one)
        assert acknowledged - set(came) == set(), f"acknowledged and never told to {one.kind}"
        assert {got.state for got in outcomes.values()} <= {"delivered", "delivered_with_loss"}
        twice = [name for name, count in came.items() if count > 1]
        assert [name for name in twice if not outcomes[arrivals.ids[name]].maybe] == [], one.kind
        assert len(twice) <= kills * MOST_IN_FLIGHT
        _in_order(arrivals.names, one.kind)


def _in_order(names: list[str], kind: str) -> None:
    """First arrivals of a visitor, who is a sender of one load, come as they were sent."""
    mine: dict[str, list[int]] = defaultdict(list)
    for name in dict.fromkeys(names):
        label, sender, number = name.split("-")
        mine[f"{label}-{sender}"].append(int(number))
    assert [who for who, told in mine.items() if any(a > b for a, b in pairwise(told))] == [], kind


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_kill_9_at_any_moment_delivers_at_least_once_and_marks_what_came_twice(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    dice = random.Random(46)
    acknowledged: set[str] = set()
    rounds = ROUNDS // 2 if options else ROUNDS
    with place(tmp_path, *options) as running:
        for number in range(rounds):
            running.server.start()
            load = Load(running.server.port, f"r{number}", senders=2)
            load.start()
            _some_moment(running, load, dice, number)
            running.server.kill()
            load.stop()
            acknowledged |= load.acknowledged
        running.server.start()
        running.delivered()
        _check(running, acknowledged, rounds)


def _some_moment(running: Place, load: Load, dice: random.Random, number: int) -> None:
    """After some events, after some deliveries, or while a vendor has read and not answered."""
    enough, at = dice.randint(20, 400), dice.randrange(2)
    vendor, arrivals = running.vendors[at], running.arrivals[at]
    wait_until(lambda: load.count() >= enough, 60, running.server.said)
    if number % 3 == 0:
        return
    seen = len(vendor.got)
    if number % 3 == 1:
        wait_until(lambda: len(vendor.got) >= seen + dice.randint(1, 3), 30, running.server.said)
        return
    arrivals.holding = True
    wait_until(lambda: not arrivals.holding and len(vendor.got) > seen, 30, running.server.said)


def test_an_end_in_order_sends_nothing_twice_and_marks_nothing(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    with place(tmp_path) as running:
        for number in range(2):
            running.server.start()
            running.arrivals[number].holding = True
            acknowledged |= _loaded(running, f"t{number}", 150)
            wait_until(lambda: not any(one.holding for one in running.arrivals), 30, running.server.said)
            ending = threading.Thread(target=running.server.stop)
            ending.start()
            running.vendors[number].release()
            ending.join(20)
            assert not running.server.running()
        running.server.start()
        running.delivered()
        _check(running, acknowledged, 0)
        assert [got for one in running.stored for got in running.outcomes(one).values() if got.maybe] == []


def test_a_replay_that_is_killed_goes_on_and_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    with place(tmp_path) as running:
        running.server.start()
        acknowledged = _loaded(running, "p", 600)
        running.delivered()
        _slowly(running)
        told = len(running.arrivals[0].names)
        running.control.destinations.ask(
            running.hook.destination_id, Act(kind="replay", since=time.time() - 3600, again=True), time.time()
        )
        _killed_in_delivery(running, told + 60)
        running.server.start()
        came = running.arrivals[0].names
        wait_until(lambda: min(Counter(came).values()) >= 2, 60, running._told)
        running.delivered()
        outcomes, counted = running.outcomes(running.hook), Counter(came)
        assert set(counted) >= acknowledged
        more = [name for name, count in counted.items() if count > 2]
        assert more, "it was killed between two requests"
        assert [name for name in more if not outcomes[running.arrivals[0].ids[name]].maybe] == []
        assert max(counted.values()) <= 3
        assert len(more) <= 4 * 10


def _killed_in_delivery(running: Place, told: int) -> None:
    """Once the hook was told so many, while it has read a request and not answered."""
    arrivals = running.arrivals[0]
    wait_until(lambda: len(arrivals.names) >= told, 30, running.server.said)
    arrivals.holding = True
    wait_until(lambda: not arrivals.holding, 30, running.server.said)
    running.server.kill()


def _slowly(running: Place) -> None:
    """Small requests, a few a second, so that there is a middle to be killed in."""
    running.control.destinations.change(
        running.hook.destination_id, options={"batch": "10", "rate": "20"}, now=time.time()
    )


def test_a_resend_that_is_killed_goes_on(tmp_path: Path) -> None:
    with place(tmp_path) as running:
        running.arrivals[0].refusing = True
        running.server.start()
        acknowledged = _loaded(running, "s", 120)
        running.delivered()
        refused = running.health(running.hook).counts["failed"]
        assert refused == running.events() >= len(acknowledged)
        running.arrivals[0].refusing = False
        _slowly(running)
        running.control.destinations.ask(
            running.hook.destination_id, Act(kind="resend", states=("failed",)), time.time()
        )
        _killed_in_delivery(running, 30)
        running.server.start()
        wait_until(lambda: len(set(running.arrivals[0].names)) >= refused, 60, running._told)
        running.delivered()
        _check(running, acknowledged, 1)


def test_a_ledger_that_lost_its_last_moments_repeats_and_loses_nothing(tmp_path: Path) -> None:
    with place(tmp_path) as running:
        running.server.start()
        acknowledged = _loaded(running, "a", 100)
        running.delivered()
        older = {one.destination_id: _copy(running, one) for one in running.stored}
        acknowledged |= _loaded(running, "b", 100)
        wait_until(lambda: "b-0-0" in running.arrivals[0].names, 30, running.server.said)
        running.server.kill()
        for one in running.stored:
            file = ledger_file(running.server.data, one.destination_id)
            for part in ("-wal", "-shm"):
                file.with_name(file.name + part).unlink(missing_ok=True)
            file.write_bytes(older[one.destination_id].read_bytes())
        running.server.start()
        running.delivered()
        for arrivals in running.arrivals:
            assert acknowledged - set(arrivals.names) == set()
            assert [name for name in arrivals.names if name.startswith("a-")] == [
                name for name in dict.fromkeys(arrivals.names) if name.startswith("a-")
            ], "what the older ledger knew of is not told again"


def _copy(running: Place, one: Stored) -> Path:
    """The ledger as it is now, whole."""
    file = ledger_file(running.server.data, one.destination_id)
    kept = file.parent.parent / f"{one.destination_id}.older"
    source, target = sqlite3.connect(file), sqlite3.connect(kept)
    source.backup(target)
    source.close()
    target.close()
    return kept
