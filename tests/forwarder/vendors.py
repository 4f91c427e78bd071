"""Vendors as they document themselves, played over a recording server: what each refuses, and how it says so."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.destinations.plays import Got, Play, ok, status
from tests.destinations.recorder import Recorder

_ID: Final = re.compile(rb"\b46\d{6}\b")
UNTOLD: Final = ("silence", "cut_after_reading", "cut_in_answer", "malformed")
"""The vendor has read and taken what came, and its answer does not arrive."""


def item(number: int) -> str:
    """The id of the one product of an event: a whole number, for vendors that take no other."""
    return str(46_000_000 + number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a kind is set up for a recorder, and how its vendor refuses: `fine` and `refuses` make its answers.

    `single`: the vendor says which events of a request it refuses.
    """

    options: Callable[[str], Mapping[str, Any]]
    secrets: Mapping[str, str]
    fine: Callable[[Got, Sequence[str]], Play] = lambda got, bad: ok()
    refuses: Callable[[Got, Sequence[str]], Play] = lambda got, bad: status(400, {}, b'{"error":"bad"}')
    single: bool = False


def _success(got: Got, bad: Sequence[str]) -> Play:
    return ok(b'{"status":"success"}')


def _error_in_a_success(got: Got, bad: Sequence[str]) -> Play:
    return ok(b'{"status":"error","payload":{"message":"no such product"}}')


def _batch(got: Got, bad: Sequence[str]) -> Play:
    """A result for each command, those of bad products refused."""
    results: list[dict[str, Any]] = []
    for command in got.json()["commands"]:
        refused = any(name in json.dumps(command) for name in bad)
        results.append({"success": False, "errors": ["bad product"]} if refused else {"success": True})
    return ok(json.dumps({"success": True, "results": results}).encode())


def _by_event(got: Got, bad: Sequence[str]) -> Play:
    """Names the events that it refuses, in no order."""
    refused = [
        {"event_id": one["event_id"], "success": False, "error": "bad product"}
        for one in reversed(got.json()["events"])
        if any(name in json.dumps(one) for name in bad)
    ]
    return ok(json.dumps({"success": True, "results": refused}).encode())


WAYS: Final[Mapping[str, Way]] = {
    "r46": Way(
        options=lambda url: {"base_url": url, "shop_id": "0123456789abcdef0123456789abcd"},
        secrets={},
        fine=_success,
        refuses=_error_in_a_success,
    ),
    "retailrocket": Way(
        options=lambda url: {"base_url": f"{url}/1.0/", "partner_id": "p1"}, secrets={"api_key": "kkkkkkk"}
    ),
    "yespo": Way(options=lambda url: {"base_url": url}, secrets={"api_key": "kkkkkkk"}),
    "intempt": Way(
        options=lambda url: {"base_url": url, "org": "o", "project": "p", "source": "3"},
        secrets={"api_key": "prefix.secret"},
    ),
    "exponea": Way(
        options=lambda url: {"base_url": url, "project": "tok-7"},
        secrets={"key": "kkkkkkk", "secret": "sssssss"},
        fine=_batch,
        refuses=_batch,
        single=True,
    ),
    "webhook": Way(
        options=lambda url: {"url": f"{url}/in"},
        secrets={"secret": "whsecret"},
        fine=_by_event,
        refuses=_by_event,
        single=True,
    ),
    "ga4": Way(
        options=lambda url: {"base_url": url, "measurement_id": "G-1"}, secrets={"api_secret": "kkkkkkk"}
    ),
}


@dataclass
class Vendor:
    """Answers for a kind: first in these moods, one a request, then as it should.

    `bad` are the products that it refuses. `took` is what it took, each time that it did, in order.
    """

    recorder: Recorder
    way: Way
    moods: list[Play] = field(default_factory=list)
    bad: frozenset[str] = frozenset()
    took: list[str] = field(default_factory=list)
    asked: list[tuple[float, Play, tuple[str, ...]]] = field(default_factory=list)
    too_large: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, got: Got) -> Play:
        with self._lock:
            ids = [name.decode() for name in dict.fromkeys(_ID.findall(got.body))]
            play = self.moods.pop(0) if self.moods else self._as_it_should(got, ids)
            while self.moods and self.moods[0].manner == "cut_unread":
                self.recorder.script("*", self.moods.pop(0))
            self.asked.append((got.at, play, tuple(ids)))
            if play.manner in UNTOLD or 200 <= play.status < 300:
                self._take(ids)
            if play.status == 413 and len(ids) == 1:
                self.too_large.update(ids)
            return play

    def _as_it_should(self, got: Got, ids: Sequence[str]) -> Play:
        bad = [name for name in ids if name in self.bad]
        return self.way.refuses(got, bad) if bad else self.way.fine(got, ())

    def _take(self, ids: Sequence[str]) -> None:
        refused = self.bad & set(ids)
        if not refused or self.way.single:
            self.took += [name for name in ids if name not in refused]
