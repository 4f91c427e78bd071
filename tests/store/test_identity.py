"""Who a visitor is: devices and identifiers of one person, with history (docs/definitions.md, "Visitor")."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event
from collector.store.duckdb import DuckStore
from tests.store.histories import history
from tests.store.world import DERIVED, START, Sender, content, item, load, open_store, rows

HOUR = timedelta(hours=1)
WHOSE = "select distinct device_id, session_id, visitor_id from events order by all"
KINDS = ("email", "phone", "user_id", "contactId", "loyalty_id", "telegram_id", "user_es_contact_id")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    opened = open_store(tmp_path / "s.duckdb")
    yield opened
    opened.close()


class Shoppers:
    """Sends page views, a request each."""

    def __init__(self, store: DuckStore) -> None:
        self.sender = Sender()
        self.store = store

    def seen(self, hours: float, device: str | None, session: str | None = None, **who: Any) -> None:
        """A page view so many hours after the start, in a session of its own unless one is named."""
        ts = START + hours * HOUR
        name = session or f"{device}@{hours:g}"
        self.send(self.sender.event("page_view", ts, device_id=device, session_id=name, **who))

    def send(self, *events: Event) -> None:
        load(self.store, [self.sender.request(events)])


def test_two_devices_with_one_email_are_one_visitor_with_all_their_past(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, "phone")
    shop.seen(5, "phone", email="a@x")
    shop.seen(10, "desk")
    shop.seen(15, "desk", email="a@x")
    assert {visitor for _, _, visitor in rows(store, WHOSE)} == {"phone"}
    assert rows(store, "select count(*), count(distinct visitor_id) from sessions") == [(4, 1)]


def test_another_user_on_a_device_has_it_from_the_start_of_the_session_and_no_earlier(
    store: DuckStore,
) -> None:
    shop = Shoppers(store)
    shop.seen(0, "tablet", user_id="ann")
    shop.seen(5, "tablet", "evening")
    shop.seen(5.5, "tablet", "evening", user_id="bob")
    shop.seen(20, "tablet", "night")
    assert rows(store, WHOSE) == [
        ("tablet", "evening", "u:bob"),
        ("tablet", "night", "u:bob"),
        ("tablet", "tablet@0", "tablet"),
    ]
    assert rows(store, "select since, until, visitor_id from visitor_nodes order by since") == [
        (datetime.fromisoformat("0001-01-01"), (START + 5 * HOUR).replace(tzinfo=None), "tablet"),
        ((START + 5 * HOUR).replace(tzinfo=None), datetime.fromisoformat("9999-01-01"), "u:bob"),
    ]


def test_a_cart_is_not_split_by_a_login_in_the_middle_of_a_checkout(store: DuckStore) -> None:
    shop, make = Shoppers(store), None
    shop.seen(0, "old", email="a@x")
    make = shop.sender.event
    who: dict[str, Any] = {"device_id": "new", "session_id": "s"}
    shop.send(make("add_to_cart", START + HOUR, items=(item("a", "1", "10"),), **who))
    shop.send(
        make("remove_from_cart", START + HOUR * 1.2, items=(item("a", "1"),), notes=("remove_all",), **who)
    )
    shop.send(make("identify", START + HOUR * 1.5, email="a@x", **who))
    shop.send(
        make("purchase", START + HOUR * 1.6, order_key="o", items=(item("a", "1", "10"),), value="10", **who)
    )
    assert rows(store, "select distinct visitor_id from cart_moves") == [("old",)]
    assert rows(store, "select visitor_id, item_id from cart_removals") == [("old", "a")]
    assert rows(store, "select visitor_id, session_key from orders") == [("old", "s")]
    assert rows(store, "select distinct visitor_id from order_lines") == [("old",)]


def test_two_emails_never_meet_whatever_they_share(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, "d1", email="a@x", phone="+1")
    shop.seen(5, "d2", email="b@x", phone="+1")
    shop.seen(10, "d2", user_id="u")
    shop.seen(15, "d1", user_id="u")
    visitors = {(device, session): visitor for device, session, visitor in rows(store, WHOSE)}
    assert visitors["d1", "d1@0"] != visitors["d2", "d2@5"]
    assert visitors["d2", "d2@5"] == visitors["d2", "d2@10"] == visitors["d1", "d1@15"]


def test_two_user_ids_never_meet_by_a_shared_email(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, "d1", user_id="u1", email="a@x")
    shop.seen(5, "d2", user_id="u2", email="a@x")
    shop.seen(10, "d3", user_id="u2")
    visitors = {(device, session): visitor for device, session, visitor in rows(store, WHOSE)}
    assert visitors["d1", "d1@0"] == visitors["d2", "d2@5"] == "d1"
    assert visitors["d3", "d3@10"] == "d3"


def test_two_user_ids_are_one_person_where_the_sender_says_so(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, "d1", user_id="u1")
    shop.seen(5, "d2", user_id="u2")
    shop.seen(6, "d3", user_id="u2", alias=({"type": "user_id", "value": "u1"},))
    assert {visitor for _, _, visitor in rows(store, WHOSE)} == {"d1"}


def test_what_a_server_says_by_user_id_is_said_of_the_device(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, None, "s-1", user_id="7")
    shop.seen(5, "d", user_id="7", email="a@x")
    shop.seen(9, None, "s-2", email="a@x")
    assert {visitor for _, _, visitor in rows(store, WHOSE)} == {"u:7"}
    assert rows(store, "select kind, value from visitor_ids order by all") == [
        ("email", "a@x"),
        ("user_id", "7"),
    ]


@pytest.mark.parametrize("who", ["0", "guest", "Anonymous", " NULL ", "000-000", "undefined"])
def test_what_is_sent_where_nobody_is_known_makes_no_person_of_all_guests(store: DuckStore, who: str) -> None:
    shop = Shoppers(store)
    shop.seen(0, "d1", user_id=who)
    shop.seen(5, "d2", user_id=who, phone="+1")
    shop.seen(9, "d3", phone="+1", alias=({"type": "user_id", "value": who},))
    visitors = {device: visitor for device, _, visitor in rows(store, WHOSE)}
    assert visitors == {"d1": "d1", "d2": "d2", "d3": "d2"}
    assert rows(store, "select kind, value from visitor_ids") == [("phone", "+1")]


def test_bots_identify_nobody(store: DuckStore) -> None:
    shop = Shoppers(store)
    shop.seen(0, "d1", email="a@x")
    event = shop.sender.event("page_view", START + HOUR, device_id="crawler", session_id="s", email="a@x")
    load(store, [shop.sender.request([event], user_agent="bot/1")])
    assert rows(store, "select visitor_id from events where device_id = 'crawler'") == [("crawler",)]


@pytest.mark.parametrize("seed", range(400, 403))
def test_batches_of_any_size_and_order_give_the_same_visitors(tmp_path: Path, seed: int) -> None:
    lines = history(seed, requests=70, identified=0.4)
    whole = open_store(tmp_path / "whole.duckdb")
    load(whole, lines)
    parts = open_store(tmp_path / "parts.duckdb")
    chance = random.Random(seed)
    rest = lines
    while rest:
        size = chance.choice((1, 1, 2, 5, 20))
        load(parts, rest[:size])
        rest = rest[size:]
    mixed = open_store(tmp_path / "mixed.duckdb")
    order = chance.sample(lines, len(lines))
    for begin in range(0, len(order), 7):
        load(mixed, order[begin : begin + 7])
    for table in DERIVED:
        assert content(parts, table) == content(whole, table), table
    for table in ("sessions", "visitor_nodes", "visitor_ids"):
        assert _moments(mixed, table) == _moments(whole, table), table
    for store in (whole, parts, mixed):
        store.close()


def _moments(store: DuckStore, table: str) -> list[tuple[Any, ...]]:
    """Rows without what may depend on which copy of an event came first."""
    columns = {
        "sessions": "visitor_id, node, session_key, started_at, ended_at, events",
        "visitor_nodes": "*",
    }
    return sorted(
        rows(store, f"select {columns.get(table, 'visitor_id, kind, value')} from {table}"), key=repr
    )


@pytest.mark.parametrize("seed", range(500, 506))
def test_visitors_are_those_that_a_plain_program_finds(tmp_path: Path, seed: int) -> None:
    store = open_store(tmp_path / "s.duckdb")
    lines = history(seed, requests=80, identified=0.5)
    for begin in range(0, len(lines), 9):
        load(store, lines[begin : begin + 9])
    events = rows(
        store,
        "select coalesce(device_id, 'u:' || user_id, 'e:' || email, 'p:' || phone), session_key, ts, "
        "email, phone, user_id, ids, alias, bot, visitor_id from events where session_key is not null",
    )
    expected = _plain_visitors(events)
    found = {(event[0], event[1]): event[9] for event in events}
    groups: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for place, visitor in found.items():
        groups[visitor].add(place)
    assert sorted(map(sorted, groups.values())) == sorted(map(sorted, expected))
    assert rows(
        store,
        "select count(*) from events e join sessions s on s.session_key = e.session_key "
        "and s.node = coalesce(e.device_id, 'u:' || e.user_id, 'e:' || e.email, 'p:' || e.phone) "
        "where s.visitor_id <> e.visitor_id",
    ) == [(0,)]
    for table in ("items", "touches", "order_versions", "cart_moves"):
        strange = f"select count(*) from {table} t join events e using (event_id) where t.visitor_id <> e.visitor_id"
        assert rows(store, strange) == [(0,)], table
    store.close()


def _plain_visitors(events: list[tuple[Any, ...]]) -> list[set[tuple[str, str]]]:
    """The (node, session) pairs of each person, by groups of identifiers that are merged one by one."""
    stated: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
    begins: dict[tuple[str, str], datetime] = {}
    for node, session, ts, email, phone, user_id, ids, alias, bot, _ in events:
        begins[node, session] = min(ts, begins.get((node, session), ts))
        known = json.loads(ids or "{}")
        values = {"email": email, "phone": phone, "user_id": user_id, **known}
        marks = tuple(f"{kind}:{values[kind]}" for kind in KINDS if values.get(kind))
        others = tuple(sorted(f"{one['type']}:{one['value']}" for one in json.loads(alias or "[]")))
        if not bot and (marks or others):
            stated[node, session, marks or others, others].append(ts)
    people: list[set[str]] = []
    holders: dict[str, str] = {}
    deciding: dict[tuple[str, str], tuple[Any, ...]] = {}
    for (node, session, marks, others), moments in sorted(
        stated.items(), key=lambda one: (min(one[1]), one[0])
    ):
        _state(people, marks)
        for other in others:
            _meet(people, marks[0], other, ("email",))
        if node in holders:
            _meet(people, holders[node], marks[0], KINDS)
        holders[node] = marks[0]
        rank = (max(moments), min(moments), marks)
        deciding[node, session] = max(deciding.get((node, session), rank), rank)
    return _whose(people, begins, {place: rank[2][0] for place, rank in deciding.items()})


def _state(people: list[set[str]], marks: tuple[str, ...]) -> None:
    strongest = marks[0].partition(":")[0]
    own = _of(people, marks[0])
    for mark in marks[1:]:
        if any(mark in person for person in people):
            _meet(people, marks[0], mark, ("email", "user_id", strongest))
        elif not (mark.startswith("user_id:") and any(held.startswith("user_id:") for held in own)):
            own.add(mark)
        own = _of(people, marks[0])


def _of(people: list[set[str]], mark: str) -> set[str]:
    for person in people:
        if mark in person:
            return person
    people.append({mark})
    return people[-1]


def _meet(people: list[set[str]], one: str, other: str, kinds: tuple[str, ...]) -> None:
    """Two persons become one unless both have an identifier of one of the kinds."""
    first, second = _of(people, one), _of(people, other)
    if first is second:
        return
    shared = {mark.partition(":")[0] for mark in first} & {mark.partition(":")[0] for mark in second}
    if not shared & set(kinds):
        first |= second
        people.remove(second)


def _whose(
    people: list[set[str]], begins: dict[tuple[str, str], datetime], deciding: dict[tuple[str, str], str]
) -> list[set[tuple[str, str]]]:
    numbers = {mark: number for number, person in enumerate(people) for mark in person}
    sessions: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for (node, session), began in begins.items():
        sessions[node].append((began, session))
    groups: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    for node, own in sessions.items():
        told = [(began, session) for began, session in sorted(own) if (node, session) in deciding]
        for began, session in own:
            before = [one for one in told if one[0] <= began] or told[:1]
            at = max((one for one in before), default=None)
            same = [one for one in told if at and one[0] == at[0]]
            owner = numbers[deciding[node, max(same)[1]]] if same else node
            groups[owner].add((node, session))
    return list(groups.values())
