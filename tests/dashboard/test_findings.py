"""What only the history can tell is the same however the log was cut, and what a plain program finds."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from collector.store.duckdb import DuckStore
from dashboard.queries import load as load_query
from tests.store.histories import history
from tests.store.world import START, Sender, load, open_store, purchase_id, rows

SHOP = "shop-1"
EARLY = START.replace(tzinfo=None)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
QUESTIONS = ("devices", "stale_sessions", "page_paths", "losses")
Answer = list[dict[str, Any]]


def ask(store: DuckStore, name: str, days: float = 1, since: float = 0) -> Answer:
    """The answer for the days after START, from day `since` to day `days`."""
    query = load_query(f"quality/{name}")
    given: Mapping[str, Any] = {
        "shop": SHOP,
        "start": EARLY + since * DAY,
        "until": EARLY + days * DAY,
        "tab": "notes",
    }
    return store.reader().query(query.sql, {taken: given[taken] for taken in query.params}).dicts()


def request_of(store: DuckStore, event_id: str) -> UUID:
    found: UUID = rows(store, "select request_id from events where event_id = $id::uuid", id=event_id)[0][0]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_findings_do_not_depend_on_how_the_log_was_cut(tmp_path: Path, seed: int) -> None:
    lines = history(seed)
    whole, parts = open_store(tmp_path / "whole.duckdb"), open_store(tmp_path / "parts.duckdb")
    load(whole, lines)
    chance, rest = random.Random(seed), lines
    while rest:
        size = chance.choice((1, 5, 15))
        load(parts, rest[:size])
        rest = rest[size:]
    for name in QUESTIONS:
        answers = [ask(whole, name, days) for days in (1, 2, 5, 9)]
        assert [ask(parts, name, days) for days in (1, 2, 5, 9)] == answers, name
        assert any(answers), name
    whole.close()
    parts.close()


@pytest.mark.parametrize("seed", range(10, 13))
def test_findings_are_those_that_a_plain_program_finds(tmp_path: Path, seed: int) -> None:
    store = open_store(tmp_path / "s.duckdb")
    lines = history(seed, requests=90)
    for begin in range(0, len(lines), 20):
        load(store, lines[begin : begin + 20])
    events = rows(
        store,
        "select ts, device_id, session_id, page_view_id, page_url from events order by ts, request_id, seq",
    )
    for days in (1, 3, 8, 30):
        until = EARLY + days * DAY
        counted = {name: sum(row["found"] for row in ask(store, name, days)) for name in QUESTIONS[:3]}
        assert counted == {
            "devices": _new(events, max(EARLY, until - 7 * DAY), until),
            "stale_sessions": _stale(events, max(EARLY, until - 7 * DAY), until),
            "page_paths": _moving(events, max(EARLY, until - 7 * DAY), until),
        }
    store.close()


def _new(events: list[tuple[Any, ...]], since: datetime, until: datetime) -> int:
    first: dict[str, datetime] = {}
    for ts, device, *_ in events:
        if device:
            first.setdefault(device, ts)
    return sum(since <= ts < until for ts in first.values())


def _stale(events: list[tuple[Any, ...]], since: datetime, until: datetime) -> int:
    last: dict[tuple[str, str], datetime] = {}
    begun: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for ts, device, sid, *_ in events:
        if device and sid:
            again = (device, sid) in last
            if not again or ts - last[device, sid] >= timedelta(seconds=7200):
                begun[sid].append((ts, again))
            last[device, sid] = ts
    recent = [[one for one in times if since <= one[0] < until] for times in begun.values()]
    return sum(again or ts > min(times)[0] for times in recent for ts, again in times)


def _moving(events: list[tuple[Any, ...]], since: datetime, until: datetime) -> int:
    paths: dict[str, set[str]] = defaultdict(set)
    for ts, _, _, page, url in events:
        if page and url and since <= ts < until:
            paths[page].add(url.split("?")[0].split("#")[0])
    return sum(len(found) > 1 for found in paths.values())


def test_the_sample_of_new_devices_is_the_first_event_of_the_newest(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    seen = [
        sender.event(
            "page_view", START + n * SECOND, device_id=device, page_url=f"https://s.example/{device}"
        )
        for n, device in enumerate(("ann", "bob", "ann"))
    ]
    for event in seen:
        load(store, [sender.request([event])])
    assert ask(store, "devices") == [
        {
            "code": "device_new",
            "found": 2,
            "last_seen": EARLY + SECOND,
            "page_url": "https://s.example/bob",
            "request_id": request_of(store, seen[1].event_id),
        }
    ]
    store.close()


def test_a_late_event_makes_its_device_older(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([sender.event("page_view", START + 3 * DAY, device_id="ann")])])
    assert [row["found"] for row in ask(store, "devices", 9, since=2)] == [1]
    early = sender.event("page_view", START + DAY, device_id="ann")
    load(store, [sender.request([early], received_at=START + 4 * DAY)])
    assert ask(store, "devices", 9, since=2) == []
    assert [row["last_seen"] for row in ask(store, "devices", 7)] == [EARLY + DAY]
    store.close()


def test_a_session_id_is_stale_after_the_gap_and_not_a_second_before(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    moments = (START, START + 7199 * SECOND, START + (7199 + 7200) * SECOND)
    events = [sender.event("page_view", ts, device_id="ann", session_id="s") for ts in moments]
    load(store, [sender.request(events[:2])])
    assert ask(store, "stale_sessions") == []
    load(store, [sender.request(events[2:])])
    assert ask(store, "stale_sessions") == [
        {
            "code": "sid_stale",
            "found": 1,
            "last_seen": EARLY + (7199 + 7200) * SECOND,
            "page_url": None,
            "request_id": request_of(store, events[2].event_id),
        }
    ]
    store.close()


def test_a_session_id_that_comes_back_after_weeks_is_stale_in_the_week_it_comes_back(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    for days in (0, 30):
        event = sender.event("page_view", START + days * DAY, device_id="ann", session_id="s")
        load(store, [sender.request([event])])
    assert [row["found"] for row in ask(store, "stale_sessions", 31)] == [1]
    assert ask(store, "stale_sessions", 30) == []
    assert ask(store, "stale_sessions", 60) == []
    store.close()


def test_one_session_id_on_two_devices_is_stale_and_merges_nobody(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    for n, device in enumerate(("ann", "bob")):
        event = sender.event("page_view", START + n * SECOND, device_id=device, session_id="s")
        load(store, [sender.request([event])])
    assert [row["found"] for row in ask(store, "stale_sessions")] == [1]
    assert rows(store, "select visitor_id, session_key from sessions order by visitor_id") == [
        ("ann", "s"),
        ("bob", "s"),
    ]
    store.close()


def test_an_order_by_the_shops_server_in_the_visitors_session_is_not_another_device(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    page = sender.event("page_view", START, device_id="ann", session_id="s")
    bought = sender.event("purchase", START + SECOND, user_id="u", session_id="s", order_key="o", value="5")
    load(store, [sender.request([page]), sender.request([bought])])
    assert ask(store, "stale_sessions") == []
    store.close()


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("https://s.example/p/38", [1]),
        ("https://s.example/p/37?color=red", []),
        ("https://s.example/p/37#reviews", []),
    ],
)
def test_another_path_under_one_page_view_is_found_and_another_query_is_not(
    tmp_path: Path, second: str, found: list[int]
) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    for n, url in enumerate(("https://s.example/p/37", second)):
        event = sender.event("page_view", START + n * SECOND, page_view_id="pv", page_url=url, device_id="d")
        load(store, [sender.request([event])])
    answer = ask(store, "page_paths", 1)
    assert [row["found"] for row in answer] == found
    assert [row["page_url"] for row in answer] == ([second] if found else [])
    store.close()


def test_what_a_page_gave_up_is_summed_once_however_often_it_is_sent(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()

    def batch(name: str, lost: object, endpoint: str = "rees46.collect") -> bytes:
        first = sender.event(
            "page_view", START, event_id=purchase_id(name), device_id="d", props={"lost": lost}
        )
        other = sender.event("page_view", START, device_id="d", props={"lost": 99})
        return sender.request([first, other], endpoint=endpoint)

    for lines in (
        [batch("a", 3), batch("a", 3)],
        [batch("a", 3)],
        [batch("b", 10**15), batch("c", "no"), batch("d", -1), batch("e", 5, "rees46.push")],
    ):
        load(store, lines)
    (answer,) = ask(store, "losses")
    assert (answer["lost"], answer["reports"]) == (1_000_003, 2)
    store.close()
