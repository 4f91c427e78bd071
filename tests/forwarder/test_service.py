"""The forwarder beside its control data: what people change and ask for while it runs, and what may go wrong."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from collector.destinations import kinds
from collector.event import Event, Item
from tests.destinations.plays import Got, Play, ok, status
from tests.destinations.recorder import Recorder, recorder
from tests.forwarder.hooks import SECRETS, asked, hook, ids
from tests.forwarder.running import Running, running
from tests.server import wait_until


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as found:
        yield found


def _refuse(got: Got) -> Play:
    results = [{"success": False, "error": "closed today"} for _ in got.json()["events"]]
    return ok(json.dumps({"results": results}).encode())


def _views(shop: Running, count: int, **more: Any) -> list[Event]:
    told = {"items": (Item(item_id="5"),), **more}
    events = [shop.event(device_id=f"d-{number % 5}", **told) for number in range(count)]
    for event in events:
        shop.happens(event)
    return events


def test_destinations_come_change_and_go_while_it_runs(shop: Running, vendor: Recorder) -> None:
    shop.start()
    first = hook(shop, vendor, "First")
    before = _views(shop, 5)
    shop.settled(first, 5)
    second = hook(shop, vendor, "Second", events=("purchase",))
    shop.settled(second, 5)
    assert shop.counted(second) == {"skipped": 5}
    assert [(one.code, one.events) for one in shop.reading(second).counts("0", "9")] == [("s_filter", 5)]
    shop.control.destinations.change(
        first.destination_id, options={"url": f"{vendor.url}/Moved"}, secrets=SECRETS, now=shop.clock()
    )
    file = shop.file(second)
    shop.control.destinations.remove(second.destination_id)
    wait_until(lambda: not list(file.parent.glob(f"{file.name}*")))
    after = _views(shop, 3)
    shop.settled(first, 8)
    assert sorted(ids(vendor, "First")) == [event.event_id for event in before]
    assert sorted(ids(vendor, "Moved")) == [event.event_id for event in after]
    assert ids(vendor, "Second") == []


def test_a_pause_by_a_person_keeps_everything_until_it_is_resumed(shop: Running, vendor: Recorder) -> None:
    one = hook(shop, vendor)
    shop.control.destinations.pause(one.destination_id, shop.clock())
    shop.start()
    _views(shop, 5)
    shop.until(lambda: shop.health(one).waiting == 5, one)
    assert (shop.health(one).condition, shop.health(one).code, vendor.got) == ("paused", "", [])
    shop.stop()
    shop.start()
    _views(shop, 5)
    shop.until(lambda: shop.health(one).waiting == 10, one)
    assert vendor.got == []
    shop.control.destinations.resume(one.destination_id, shop.clock())
    assert {got.state for got in shop.settled(one, 10).values()} == {"delivered"}


def test_a_secret_that_cannot_be_had_pauses_with_words_and_fails_nothing(tmp_path: Path) -> None:
    with recorder() as vendor, running(tmp_path) as shop:
        folder = tmp_path / "kept"
        folder.mkdir(mode=0o700)
        shop.reopen(secrets_dir=folder)
        told = {"url": f"{vendor.url}/Hook", "order_settle_s": "0"}
        one = shop.control.destinations.add(
            "shop-1",
            "webhook",
            "Hook",
            told,
            {"secret": "file:hook"},
            start_at=0.0,
            now=shop.clock(),
            references=True,
        )
        shop.start()
        events = _views(shop, 3)
        assert "hook" in shop.paused(one, "r_config").told
        shop.until(lambda: shop.health(one).waiting == 3, one)
        asked(shop, one, kind="resume")
        assert shop.paused(one, "r_config").waiting == 3
        shop.control.destinations.change(
            one.destination_id, name="Another name", options={"batch": "2"}, now=shop.clock()
        )
        shop.until(lambda: shop.noted(one, "revision") == "2", one)
        assert shop.paused(one, "r_config").waiting == 3
        secret = folder / "hook"
        secret.write_text("whsecret\n")
        secret.chmod(0o600)
        asked(shop, one, kind="resume")
        assert {got.state for got in shop.settled(one, len(events)).values()} == {"delivered"}


def test_settings_that_were_changed_meanwhile_end_a_pause_of_ours(shop: Running, vendor: Recorder) -> None:
    vendor.always("/Hook", status(401))
    one = hook(shop, vendor)
    shop.start()
    _views(shop, 3)
    shop.paused(one, "r_auth")
    shop.stop()
    vendor.always("/Hook", ok())
    shop.start()
    assert shop.paused(one, "r_auth").waiting == 3
    shop.stop()
    shop.control.destinations.change(one.destination_id, secrets={"secret": "another"}, now=shop.clock())
    shop.start()
    shop.settled(one, 3)


def test_dead_letters_are_sent_again_or_given_up_as_asked(shop: Running, vendor: Recorder) -> None:
    vendor.always("/Hook", _refuse)
    one = hook(shop, vendor)
    shop.start()
    events = _views(shop, 20)
    shop.settled(one, 20)
    assert shop.counted(one) == {"failed": 20}
    vendor.always("/Hook", ok())
    some = tuple(event.event_id for event in events[:3])
    asked(shop, one, kind="resend", event_ids=some)
    shop.until(lambda: shop.counted(one) == {"failed": 17, "delivered": 3}, one)
    asked(shop, one, kind="discard", event_ids=(events[3].event_id,))
    shop.until(lambda: shop.counted(one) == {"failed": 16, "delivered": 3, "skipped": 1}, one)
    asked(shop, one, kind="resend", states=("failed",), code="r_rejected")
    shop.until(lambda: shop.counted(one) == {"delivered": 19, "skipped": 1}, one)
    assert events[3].event_id not in shop.states(one)
    assert sorted(ids(vendor)[20:]) == sorted(event.event_id for event in events if event is not events[3])


def test_a_replay_sends_what_was_left_out_and_with_again_what_was_delivered(
    shop: Running, vendor: Recorder
) -> None:
    one = hook(shop, vendor, events=("page_view",))
    shop.start()
    seen, viewed = shop.event("page_view"), shop.event("view_item")
    shop.happens(seen, viewed)
    shop.settled(one, 2)
    since = shop.clock() - 3600
    shop.control.destinations.change(one.destination_id, options={"events": ()}, now=shop.clock())
    asked(shop, one, kind="replay", since=since)
    shop.until(lambda: viewed.event_id in shop.states(one), one)
    assert ids(vendor) == [seen.event_id, viewed.event_id]
    asked(shop, one, kind="replay", since=since, again=True)
    shop.until(lambda: len(ids(vendor)) == 4, one)
    assert sorted(ids(vendor)[2:]) == sorted([seen.event_id, viewed.event_id])
    shop.until(lambda: shop.health(one).waiting == 0, one)
    assert shop.counted(one)["delivered"] == 2


def test_what_was_asked_for_is_done_once_even_if_that_could_not_be_told(
    shop: Running, vendor: Recorder
) -> None:
    one = hook(shop, vendor)
    _views(shop, 3)
    shop.start()
    shop.settled(one, 3)
    act = Act(kind="replay", since=shop.clock() - 3600, again=True)
    number = shop.control.destinations.ask(one.destination_id, act, shop.clock())
    shop.until(lambda: len(ids(vendor)) == 6, one)
    shop.until(lambda: not shop.control.destinations.acts(one.destination_id), one)
    shop.stop()
    _asked_still(shop, one, number, act)
    shop.start()
    shop.until(lambda: not shop.control.destinations.acts(one.destination_id), one)
    _views(shop, 1)
    shop.until(lambda: shop.counted(one) == {"delivered": 4}, one)
    assert len(ids(vendor)) == 7


def _asked_still(shop: Running, one: Stored, number: int, act: Act) -> None:
    """As if the process had ended before it told that the act is done."""
    with closing(sqlite3.connect(shop.data / "control.sqlite")) as control, control:
        control.execute(
            "insert into destination_acts values (?, ?, ?, ?)",
            [number, one.destination_id, msgspec.json.encode(act).decode(), 0.0],
        )


@pytest.mark.parametrize("part", ["map", "pack", "judge", "limits"])
def test_a_destination_that_breaks_harms_no_other(
    part: str, shop: Running, vendor: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*given: Any) -> Any:
        raise RuntimeError("this is broken")

    known = kinds()
    given: dict[str, Any] = {part: breaks}
    broken = replace(known["ga4"], **given)
    monkeypatch.setattr("collector.forwarder.service.kinds", lambda: {**known, "ga4": broken})
    bad = shop.add("ga4", "A", secrets={"api_secret": "kkkkkkk"}, base_url=vendor.url, measurement_id="G-1")
    good = hook(shop, vendor)
    shop.start()
    _views(shop, 5)
    assert {got.state for got in shop.settled(good, 5).values()} == {"delivered"}
    if part in ("map", "pack"):
        assert {f"{got.state} {got.code}" for got in shop.settled(bad, 5).values()} == {"failed r_broken"}
    else:
        assert shop.counted(bad) == {}


def test_a_damaged_ledger_is_set_aside_and_the_others_go_on(shop: Running, vendor: Recorder) -> None:
    one, other = hook(shop, vendor), hook(shop, vendor, "Other")
    shop.start()
    before = _views(shop, 5)
    shop.settled(one, 5)
    shop.settled(other, 5)
    shop.stop()
    shop.file(one).write_bytes(random.Random(46).randbytes(20_000))
    between = _views(shop, 2)
    shop.start()
    health = shop.paused(one, "r_ledger")
    (aside,) = shop.file(one).parent.glob("*.damaged-*")
    assert aside.name in health.told
    after = _views(shop, 3)
    shop.settled(other, 10)
    shop.until(lambda: shop.health(one).waiting == 3, one)
    shop.control.destinations.resume(one.destination_id, shop.clock())
    shop.settled(one, 3)
    assert sorted(ids(vendor)) == [event.event_id for event in (*before, *after)]
    asked(shop, one, kind="replay", since=0.0)
    shop.until(lambda: shop.counted(one) == {"delivered": 10}, one)
    assert {event.event_id for event in between} < set(ids(vendor))


def test_a_ledger_that_is_damaged_while_it_runs_is_set_aside(shop: Running, vendor: Recorder) -> None:
    one = hook(shop, vendor)
    shop.start()
    _views(shop, 5)
    shop.settled(one, 5)
    _ruin(shop.file(one))
    _views(shop, 1)
    shop.paused(one, "r_ledger")
    shop.control.destinations.resume(one.destination_id, shop.clock())
    after = _views(shop, 2)
    shop.until(lambda: {event.event_id for event in after} <= set(ids(vendor)), one)


def _ruin(file: Path) -> None:
    """Every page but the first is noise, in the file and in what it has not taken in yet."""
    connection = sqlite3.connect(file)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    noise = random.Random(46).randbytes(file.stat().st_size - 4096)
    with file.open("r+b") as ledger:
        ledger.seek(4096)
        ledger.write(noise)
