"""Alerts: told once when something begins and once when it ends, over restarts too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.control.alerts import Watch
from collector.errors import OperatorError
from collector.forwarder.condition import Standing
from collector.forwarder.ledger import Ledger
from collector.forwarder.reading import Reading, ledger_file
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
    given["ledgers"] = lambda destination_id: Reading(ledger_file(world.settings.data, destination_id))
    return Watching(world.control, world.reader, clock=world.clock, checks=checks, **{**given, **more})


def destination(world: Telling, name: str = "Letters") -> str:
    at = NOW.timestamp()
    made = world.control.destinations.add(ID, "yespo", name, {}, {"api_key": "k"}, start_at=at, now=at)
    return made.destination_id


def stands(world: Telling, destination_id: str, does: Callable[[Standing, float], None]) -> None:
    """What the destination's forwarder notes at this moment; then a turn of the watch."""
    file = ledger_file(world.settings.data, destination_id)
    file.parent.mkdir(exist_ok=True)
    with closing(Ledger(file)) as ledger:
        does(Standing(ledger), world.now.timestamp())
    watching(world).turn()


def refused(standing: Standing, now: float) -> None:
    standing.pause("r_auth", "401", now)


def unanswered(standing: Standing, now: float) -> None:
    standing.wait("timeout", now, now + 300)


def facts(world: Telling) -> list[tuple[str, Mapping[str, Any]]]:
    """State and facts of every alert that arrived."""
    world.post().turn()
    return [(one["state"], one["facts"]) for one in (json.loads(got.body) for got in world.web.got)]


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


LETTERS = {"name": "Letters"}


def test_a_destination_that_is_paused_with_a_reason_is_told_once_and_its_end_once(world: Telling) -> None:
    watch(world, destinations=True)
    one = destination(world)
    for does in (Standing.run, refused, refused, Standing.stop):
        stands(world, one, does)
        world.restart()
    assert told(world) == [(f"destination:{one}", "began")]
    stands(world, one, Standing.resume)
    stands(world, one, Standing.run)
    assert facts(world) == [("began", {**LETTERS, "code": "r_auth"}), ("ended", {**LETTERS, "code": ""})]


def test_a_destination_that_a_person_pauses_is_no_alarm(world: Telling) -> None:
    watch(world, destinations=True)
    one = destination(world)
    stands(world, one, lambda standing, now: standing.pause("", "", now))
    other = destination(world, "Push")
    world.control.destinations.pause(other, NOW.timestamp())
    stands(world, other, refused)
    assert world.told() == []


def test_an_alarm_of_a_destination_ends_without_a_word_when_a_person_pauses_or_removes_it(
    world: Telling,
) -> None:
    watch(world, destinations=True)
    paused, removed = destination(world, "Letters"), destination(world, "Push")
    for one in (paused, removed):
        stands(world, one, refused)
    world.control.destinations.pause(paused, NOW.timestamp())
    world.control.destinations.remove(removed)
    watching(world).turn()
    assert sorted(told(world)) == sorted((f"destination:{one}", "began") for one in (paused, removed))
    assert [alert.ended_at for alert in world.control.alerts.of(ID)] == [NOW.timestamp()] * 2


def test_a_vendor_that_does_not_answer_is_told_after_more_than_an_hour(world: Telling) -> None:
    watch(world, destinations=True)
    one = destination(world)
    stands(world, one, unanswered)
    world.pass_(hours=1)
    stands(world, one, unanswered)
    assert facts(world) == []
    world.pass_(seconds=1)
    stands(world, one, unanswered)
    assert facts(world) == [("began", {**LETTERS, "code": "r_unreachable"})]
    stands(world, one, Standing.run)
    assert facts(world)[1:] == [("ended", {**LETTERS, "code": ""})]


def test_an_hour_in_which_the_server_did_not_run_is_no_vendor_that_does_not_answer(world: Telling) -> None:
    watch(world, destinations=True)
    one = destination(world)
    stands(world, one, unanswered)
    world.pass_(hours=2)
    watching(world, since=utc(world.now)).turn()
    assert world.told() == []
    watching(world).turn()
    assert told(world) == [(f"destination:{one}", "began")]


def test_a_destination_that_stands_still_for_another_reason_is_told_again(world: Telling) -> None:
    watch(world, destinations=True)
    one = destination(world)
    stands(world, one, unanswered)
    world.pass_(hours=2)
    stands(world, one, unanswered)
    stands(world, one, refused)
    assert facts(world) == [
        ("began", {**LETTERS, "code": "r_unreachable"}),
        ("began", {**LETTERS, "code": "r_auth"}),
    ]
    assert list(world.control.alerts.open(ID)) == [f"destination:{one}"]


def test_a_destination_is_judged_while_the_store_is_behind_too(world: Telling) -> None:
    watch(world, destinations=True, purchases=True)
    one = destination(world)
    stands(world, one, Standing.run)
    told(world)
    with closing(Ledger(ledger_file(world.settings.data, one))) as ledger:
        refused(Standing(ledger), world.now.timestamp())
    watching(world, ready=lambda: False).turn()
    assert told(world)[-1] == (f"destination:{one}", "began")


def test_a_ledger_that_cannot_be_read_keeps_no_other_destination_from_being_judged(world: Telling) -> None:
    watch(world, destinations=True)
    broken, one = destination(world, "Broken"), destination(world)
    ledger_file(world.settings.data, broken).parent.mkdir()
    ledger_file(world.settings.data, broken).write_bytes(b"no database at all" * 512)
    stands(world, one, refused)
    assert told(world) == [(f"destination:{one}", "began")]


def test_destinations_are_judged_where_they_are_watched_alone(world: Telling) -> None:
    watch(world, checks=True)
    one = destination(world)
    stands(world, one, refused)
    assert world.told() == []
    watch(world, destinations=True)
    watching(world).turn()
    watch(world, checks=True)
    watching(world).turn()
    assert world.control.alerts.open(ID) == {}
    assert told(world) == [(f"destination:{one}", "began")]


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        (
            "en",
            "Kettles & Co: destination Letters {0} <b> stands still",
            "Destination Letters {0} <b>: The destination does not accept the key. Nothing is lost: everything "
            "waits. Enter a valid key in the settings, test the connection, and resume.",
        ),
        (
            "ru",
            "Kettles & Co: отправка получателю Letters {0} <b> остановилась",
            "Получатель Letters {0} <b>: Получатель не принимает ключ. Ничего не потеряно: всё ждёт. Введите "
            "верный ключ в настройках, проверьте связь и продолжите.",
        ),
    ],
)
def test_a_mail_of_a_destination_says_why_and_leads_to_it(
    world: Telling, language: str, subject: str, said: str
) -> None:
    channel = world.plan().channel
    world.control.alerts.set(ID, Watch(destinations=True, language=language, channel=channel))
    one = destination(world, "Letters {0} <b>")
    stands(world, one, refused)
    world.post().turn()
    (letter,) = world.mail.letters()
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert letter["subject"] == subject
    assert said in " ".join(plain.get_content().split())
    link = f"https://r46.kettles.example/destinations?shop=kettles&tab=health&code={one}"
    assert link in plain.get_content()
    assert "<b>" not in html.get_content()
    assert "Letters {0} &lt;b&gt;" in html.get_content()
