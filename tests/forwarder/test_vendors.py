"""Every kind of destination against a vendor that answers in all the ways there are: each event ends once."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard

from collector.control.destinations import Stored
from collector.event import DecimalText, Event, Item
from collector.forwarder.health import Outcome
from tests.destinations.plays import (
    Got,
    Play,
    closing,
    cut_after_reading,
    cut_in_answer,
    cut_unread,
    malformed,
    ok,
    silence,
    status,
)
from tests.destinations.recorder import Recorder, recorder
from tests.forwarder.running import Running, running
from tests.forwarder.vendors import WAYS, Vendor, item

EVENTS, VISITORS = 60, 6
SPEED = 400.0
PAUSES: Mapping[int, str] = {401: "r_auth", 403: "r_auth", 404: "r_config"}
KINDS = sorted(WAYS)

PASSING: Sequence[Play] = (
    status(408),
    status(429, {"retry-after": "5"}, b"slow down"),
    status(500, {}, b"<html>oops</html>"),
    status(502),
    status(503, {"retry-after": "5"}),
    status(504),
    closing(status(503)),
    silence(),
    cut_unread(),
    cut_after_reading(),
    cut_in_answer(b'{"status":"success","results":[]}'),
    malformed(),
    status(413),
)
"""After each of these the same is sent again."""


def _happen(shop: Running, events: int = EVENTS) -> dict[str, Event]:
    """Views of products, each of one visitor, by product."""
    found = {}
    for number in range(events):
        visitor = number % VISITORS
        event = shop.event(
            device_id=f"12{visitor}.34",
            user_id=f"u{visitor}",
            email=f"u{visitor}@example.org",
            items=(Item(item_id=item(number), price=DecimalText("5")),),
        )
        shop.happens(event)
        found[item(number)] = event
    return found


def _add(shop: Running, vendor: Recorder, kind: str) -> Stored:
    way = WAYS[kind]
    return shop.add(kind, secrets=way.secrets, **way.options(vendor.url))


def _check(one: Stored, events: Mapping[str, Event], told: Vendor, outcomes: Mapping[str, Outcome]) -> None:
    """One end for each; refused is what the vendor refused; what came twice is marked; nobody is overtaken."""
    by_item = {name: outcomes[event.event_id] for name, event in events.items()}
    assert len(outcomes) == len(events)
    failed = {name for name, got in by_item.items() if got.state == "failed"}
    assert failed == told.bad | told.too_large, {
        name: (got.told, got.tries) for name, got in by_item.items() if name in failed - told.bad
    }
    assert {got.state for name, got in by_item.items() if name not in failed} <= {
        "delivered",
        "delivered_with_loss",
    }
    came = Counter(told.took)
    assert [name for name in by_item if name not in failed and not came[name]] == []
    assert [name for name, count in came.items() if count > 1 and not by_item[name].maybe] == []
    first = list(dict.fromkeys(told.took))
    for visitor in range(VISITORS):
        mine = [int(name) for name in first if int(name) % VISITORS == int(item(visitor)) % VISITORS]
        assert all(before < after for before, after in pairwise(mine)), f"visitor {visitor} of {one.kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_vendor_answers_every_event_ends_once_and_in_order(kind: str, tmp_path: Path) -> None:
    dice = random.Random(f"46 {kind}")
    moods = [*PASSING, status(401), status(403), status(404)]
    dice.shuffle(moods)
    bad = frozenset(item(dice.randrange(EVENTS)) for _ in range(3))
    with recorder() as vendor, running(tmp_path, speed=SPEED) as shop:
        told = Vendor(vendor, WAYS[kind], moods=moods, bad=bad)
        vendor.always("*", told)
        one, events = _add(shop, vendor, kind), _happen(shop)
        shop.start()
        codes = _resumed_to_the_end(shop, one, len(events))
        outcomes = shop.settled(one, len(events))
        _check(one, events, told, outcomes)
        assert codes
        assert set(codes) <= {"r_auth", "r_config"}, "what is in flight together may be refused together"
        assert told.moods == []


def _resumed_to_the_end(shop: Running, one: Stored, count: int) -> Counter[str]:
    """Somebody mends whatever it is paused for; how often, by code."""
    codes: Counter[str] = Counter()
    revision = [0.0]

    def done() -> bool:
        health = shop.health(one)
        if health.condition == "paused" and health.since != revision[0]:
            revision[0] = health.since
            codes[health.code] += 1
            shop.control.destinations.resume(one.destination_id, shop.clock())
        return shop.ended(one) >= count and health.waiting == 0

    shop.until(done, one, 60)
    return codes


@pytest.mark.parametrize("code", sorted(PAUSES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_key_or_address_pauses_at_once_and_everything_arrives_after(
    kind: str, code: int, tmp_path: Path
) -> None:
    with recorder() as vendor, running(tmp_path, speed=SPEED) as shop:
        vendor.always("*", status(code, {}, b"who are you?"))
        one, events = _add(shop, vendor, kind), _happen(shop, 12)
        shop.start()
        health = shop.paused(one, PAUSES[code])
        assert (health.told, health.counts, health.waiting) == (f"{code} who are you?", {}, 12)
        told = Vendor(vendor, WAYS[kind])
        vendor.always("*", told)
        shop.control.destinations.resume(one.destination_id, shop.clock())
        outcomes = shop.settled(one, len(events))
        _check(one, events, told, outcomes)
        assert [got for got in outcomes.values() if got.maybe] == []
        assert shop.health(one).condition == "running"


@pytest.mark.parametrize("kind", KINDS)
def test_a_vendor_that_asks_for_quiet_is_left_alone_for_as_long(kind: str, tmp_path: Path) -> None:
    with recorder() as vendor, running(tmp_path, speed=SPEED) as shop:
        told = Vendor(vendor, WAYS[kind], moods=[status(429, {"retry-after": "200"})])
        vendor.always("*", told)
        one, events = _add(shop, vendor, kind), _happen(shop, 1)
        shop.start()
        (outcome,) = shop.settled(one, 1).values()
        first, second = vendor.wait(2)
        assert second.at - first.at >= 200 / SPEED
        assert (outcome.tries, outcome.maybe, len(vendor.got)) == (1, False, 2)
        assert told.took == list(events)


WEB_PAGE = ok(b"<!DOCTYPE html><title>Sign in</title>", {"content-type": "text/html"})
KNOWS_ITS_OWN = {"exponea", "ga4"}
"""Kinds whose vendor never answers with a web page, so that one means a wrong address."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_web_page_in_the_place_of_an_answer_loses_nothing(kind: str, tmp_path: Path) -> None:
    with recorder() as vendor, running(tmp_path, speed=SPEED) as shop:
        vendor.script("*", WEB_PAGE)
        one, events = _add(shop, vendor, kind), _happen(shop, 1)
        shop.start()
        if kind in KNOWS_ITS_OWN:
            assert shop.paused(one, "r_config").waiting == 1
            shop.control.destinations.resume(one.destination_id, shop.clock())
        (outcome,) = shop.settled(one, len(events)).values()
        assert outcome.state in ("delivered", "delivered_with_loss")
        assert len(vendor.got) == (2 if kind in KNOWS_ITS_OWN else 1)


def test_a_batch_that_is_refused_as_a_whole_with_a_success_is_looked_through(tmp_path: Path) -> None:
    def whole(got: Got) -> Play:
        bad = item(7).encode() in got.body
        return ok(b'{"success":false,"errors":["bad batch"]}' if bad else b"{}")

    with recorder() as vendor, running(tmp_path, speed=SPEED) as shop:
        vendor.always("*", whole)
        one, events = _add(shop, vendor, "exponea"), _happen(shop, 24)
        shop.start()
        outcomes = shop.settled(one, 24)
        refused = [got for got in outcomes.values() if got.state == "failed"]
        assert [(got.event_id, got.code, got.told) for got in refused] == [
            (events[item(7)].event_id, "r_rejected", "bad batch")
        ]


def test_a_folder_gets_every_event_once_after_it_could_not_be_written(tmp_path: Path) -> None:
    with running(tmp_path, speed=SPEED) as shop:
        folder = shop.data / "files" / "shop"
        one = shop.add("file", place=str(shop.data / "elsewhere"), every_s="1")
        events = _happen(shop)
        shop.start()
        assert shop.paused(one, "r_config").waiting == len(events)
        folder.parent.mkdir()
        folder.write_text("in the way")
        shop.control.destinations.change(one.destination_id, options={"place": str(folder)}, now=shop.clock())
        shop.until(lambda: "is a link or a file" in shop.health(one).told, one)
        folder.unlink()
        shop.control.destinations.resume(one.destination_id, shop.clock())
        outcomes = shop.settled(one, len(events))
        assert {got.state for got in outcomes.values()} == {"delivered"}
        lines = [
            json.loads(line)
            for file in sorted(folder.rglob("*.ndjson.zst"))
            for line in zstandard.ZstdDecompressor().stream_reader(file.read_bytes()).read().splitlines()
        ]
        assert sorted(line["event_id"] for line in lines) == sorted(outcomes)
