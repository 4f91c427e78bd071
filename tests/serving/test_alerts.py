"""Alerts: told once when something begins and once when it ends, over restarts too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.control.alerts import Watch
from collector.errors import OperatorError
from collector.serving.alerts import Watching
from collector.wire import Shop
from dashboard.periods import utc
from tests.dashboard.shop_world import NOW, SHOP, empty_store, event, order, session
from tests.serving.telling_world import ANN, Telling, telling

ID = SHOP.shop_id


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Telling]:
    db = empty_store()
    session(db, "first", "01-02 00:00", "ann")
    for week in range(1, 5):
        for number in range(12):
            moment = utc(NOW) - timedelta(days=7 * week, minutes=1 + number)
            order(db, f"w{week}-{number}", f"{moment:%m-%d %H:%M}", "10.00")
    with telling(tmp_path, db) as made:
        yield made


def watching(world: Telling, found: list[Mapping[str, Any]] | None = None, **more: Any) -> Watching:
    def checks(_shop: Shop, _now: datetime) -> Iterable[Mapping[str, Any]]:
        return found or ()

    given: dict[str, Any] = {"ready": lambda: True, "since": utc(NOW) - timedelta(days=1)}
    return Watching(world.control, world.reader, clock=world.clock, checks=checks, **{**given, **more})


def watch(world: Telling, **what: Any) -> None:
    world.control.alerts.set(ID, Watch(**{"channel": world.hook(), **what}))


def told(world: Telling) -> list[tuple[str, str]]:
    """Kind and state of every alert that arrived."""
    world.post().turn()
    return [(one["kind"], one["state"]) for one in (json.loads(got.body) for got in world.web.got)]


def test_nobody_is_told_anything_unless_it_was_asked_for(world: Telling) -> None:
    watching(world).turn()
    watching(world, [{"name": "late", "status": "alarm", "value": 0.5, "alarm": 0.2}]).turn_checks()
    assert world.told() == []


def test_an_hour_without_the_usual_orders_is_told_once_and_its_end_once(world: Telling) -> None:
    watch(world, purchases=True)
    for _ in range(3):
        watching(world).turn()
        world.restart()
    assert told(world) == [("purchases", "began")]
    assert json.loads(world.web.got[0].body)["facts"] == {"hours": 1, "orders": 0, "expected": 12.0}
    for number in range(9):
        order(world.db, f"now-{number}", "03-18 10:20", "10.00")
    for _ in range(3):
        watching(world).turn()
        world.restart()
    assert told(world) == [("purchases", "began"), ("purchases", "ended")]
    (alert,) = world.control.alerts.of(ID)
    assert (alert.began_at, alert.ended_at) == (NOW.timestamp(), NOW.timestamp())


def test_a_few_orders_end_no_alarm_before_they_are_ordinary(world: Telling) -> None:
    watch(world, purchases=True)
    watching(world).turn()
    for number in range(3):  # P(≤3 | 12) = 0.0023: neither alarming nor ordinary
        order(world.db, f"now-{number}", "03-18 10:20", "10.00")
    watching(world).turn()
    assert told(world) == [("purchases", "began")]


def test_silence_is_told_after_its_minutes_and_ends_with_an_event(world: Telling) -> None:
    event(world.db, 1, "03-18 09:30")
    watch(world, silence=True, silence_min=61)
    watching(world).turn()
    assert told(world) == []
    world.pass_(minutes=1)
    watching(world).turn()
    assert told(world) == [("silence", "began")]
    event(world.db, 2, "03-18 10:31")
    world.pass_(minutes=1)
    watching(world).turn()
    assert told(world) == [("silence", "began"), ("silence", "ended")]


def test_a_restart_is_neither_silence_nor_the_end_of_one(world: Telling) -> None:
    event(world.db, 1, "03-18 09:00")
    watch(world, silence=True, silence_min=60)
    watching(world, since=utc(NOW)).turn()
    assert told(world) == []
    watching(world).turn()
    assert told(world) == [("silence", "began")]
    watching(world, since=utc(NOW)).turn()
    assert told(world) == [("silence", "began")]


def test_nothing_is_judged_while_the_store_is_behind(world: Telling) -> None:
    watch(world, purchases=True, silence=True, silence_min=5)
    watching(world, ready=lambda: False).turn()
    assert world.told() == []


def test_a_check_that_alarms_is_told_and_one_that_cannot_be_judged_changes_nothing(world: Telling) -> None:
    watch(world, checks=True)
    late = {"name": "late", "value": 0.5, "alarm": 0.2}
    for status in ("alarm", "alarm", "unknown", "warn", "ok"):
        watching(world, [{**late, "status": status}]).turn_checks()
    assert told(world) == [("check:late", "began"), ("check:late", "ended")]


def test_what_is_no_longer_watched_ends_without_a_word(world: Telling) -> None:
    watch(world, purchases=True)
    watching(world).turn()
    world.control.alerts.set(ID, Watch())
    watching(world).turn()
    assert told(world) == []  # the beginning found nobody to tell any more
    (alert,) = world.control.alerts.of(ID)
    assert alert.ended_at == NOW.timestamp()


def test_a_mail_says_what_was_found_and_where_to_look(world: Telling) -> None:
    world.control.alerts.set(ID, Watch(purchases=True, channel=world.plan().channel))
    watching(world).turn()
    world.post().turn()
    (letter,) = world.mail.letters()
    body = letter.get_body(("plain",))
    assert body is not None
    assert (letter["to"], letter["subject"]) == (ANN, "Kettles & Co: no purchases when there should be")
    assert "0 orders in the last 1 h, where 12 were to be expected" in body.get_content()
    assert "https://r46.kettles.example/live?shop=kettles" in body.get_content()


def test_an_alert_that_is_on_needs_somebody_to_tell(world: Telling) -> None:
    with pytest.raises(OperatorError, match="needs a recipient or a webhook"):
        world.control.alerts.set(ID, Watch(purchases=True))
    with pytest.raises(OperatorError, match="after 5 to 10080 minutes"):
        watch(world, silence=True, silence_min=4)


def test_a_shop_that_is_switched_off_is_not_watched(world: Telling) -> None:
    watch(world, purchases=True)
    world.control.change(ID, {"active": False})
    watching(world).turn()
    assert world.told() == []
