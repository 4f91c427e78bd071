"""Whether a device was seen before, and in which session (docs/wire/r46.md §4, V11)."""

from __future__ import annotations

from datetime import timedelta

from tests.history.world import DID, World, ready
from tests.store.world import START, Sender

HOUR = timedelta(hours=1)
STRANGER = {"known": False, "sid": None, "last_at": None, "sid_last_at": None}


def seen(sid: str | None, ago: timedelta, seed: int, did: str = DID) -> bytes:
    """A request with one event of a device."""
    sender = Sender(seed)
    return sender.request([sender.event("page_view", START - ago, device_id=did, session_id=sid)])


def test_a_known_device_is_told_at_once_with_the_times_of_its_sessions(world: World) -> None:
    asked: list[float] = []

    def caught_up(seconds: float) -> bool:
        asked.append(seconds)
        return True

    world.send(seen("first00000", 9 * HOUR, 1))
    world.send(seen("first00000", 8 * HOUR, 2))
    world.send(seen("second0000", 3 * HOUR, 3))
    world.send(seen("foreign000", HOUR, 4, did="Qw7Er5Ty3U"))
    assert world.told("device", did=DID, sid="first00000", caught_up=caught_up) == {
        "known": True,
        "sid": "second0000",
        "last_at": "2026-01-05T09:00:00.000000Z",
        "sid_last_at": "2026-01-05T04:00:00.000000Z",
    }
    assert asked == []


def test_a_session_id_that_the_device_never_had_has_no_time(world: World) -> None:
    world.send(seen("second0000", HOUR, 1))
    world.send(seen("foreign000", HOUR, 2, did="Qw7Er5Ty3U"))
    found = world.told("device", did=DID, sid="foreign000")
    assert found is not None
    assert (found["sid"], found["sid_last_at"]) == ("second0000", None)


def test_a_device_without_any_session_id_is_known_all_the_same(world: World) -> None:
    world.send(seen(None, HOUR, 1))
    assert world.told("device", did=DID) == {**STRANGER, "known": True}


def test_an_unknown_device_is_unknown_only_when_the_store_has_caught_up(world: World) -> None:
    assert world.told("device", did=DID, caught_up=ready) == STRANGER
    assert world.told("device", did=DID) is None


def test_what_was_acknowledged_a_moment_ago_is_waited_for(world: World) -> None:
    asked: list[float] = []

    def caught_up(seconds: float) -> bool:
        asked.append(seconds)
        world.send(seen("first00000", HOUR, 1))
        world.load()
        return True

    found = world.told("device", did=DID, caught_up=caught_up)
    assert found is not None
    assert (found["known"], found["sid"]) == (True, "first00000")
    assert asked == [2.0]


def test_a_closed_store_tells_nothing_and_raises_nothing(world: World) -> None:
    world.store.close()
    for kind in ("cart", "counters", "profile", "segments", "device"):
        assert world.told(kind, did=DID, item="37", caught_up=ready) is None
