"""However the log is cut into batches, the tables are those of one pass over all of it."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.store.histories import history
from tests.store.world import DERIVED, content, load, open_store, rows


@pytest.mark.parametrize("seed", range(3))
def test_batches_of_any_size_give_the_tables_of_one_pass(tmp_path: Path, seed: int) -> None:
    lines = history(seed)
    whole = open_store(tmp_path / "whole.duckdb")
    load(whole, lines)
    parts = open_store(tmp_path / "parts.duckdb")
    chance = random.Random(seed)
    rest = lines
    while rest:
        size = chance.choice((1, 1, 2, 5, 20))
        load(parts, rest[:size])
        rest = rest[size:]
    for table in DERIVED:
        assert content(parts, table) == content(whole, table), table
    whole.close()
    parts.close()


@pytest.mark.parametrize("seed", range(100, 103))
def test_sessions_are_the_runs_that_a_plain_program_finds(tmp_path: Path, seed: int) -> None:
    store = open_store(tmp_path / "s.duckdb")
    lines = history(seed)
    for begin in range(0, len(lines), 9):
        load(store, lines[begin : begin + 9])
    events = rows(
        store,
        "select visitor_id, session_id, ts, request_id::varchar, seq, event_id::varchar, event, page_url "
        "from events where visitor_id is not null",
    )
    found = rows(
        store,
        "select visitor_id, session_key, started_at, ended_at, events, page_views, landing_url from sessions",
    )
    assert sorted(found, key=repr) == sorted(_plain_sessions(events), key=repr)
    own = rows(store, "select event_id::varchar, session_key from events where visitor_id is not null")
    assert dict(own) == _plain_keys(events)
    beside = rows(
        store,
        "select count(*) from items i join events e using (event_id) "
        "where i.session_key is distinct from e.session_key",
    )
    touched = rows(
        store,
        "select count(*) from touches t join events e using (event_id) "
        "where t.session_key is distinct from e.session_key",
    )
    assert (beside, touched) == ([(0,)], [(0,)])
    store.close()


@pytest.mark.parametrize("seed", range(200, 203))
def test_removals_are_those_of_a_cart_kept_by_hand(tmp_path: Path, seed: int) -> None:
    store = open_store(tmp_path / "s.duckdb")
    lines = history(seed, requests=120)
    for begin in range(0, len(lines), 25):
        load(store, lines[begin : begin + 25])
    events = rows(
        store,
        "select e.visitor_id, e.event_id::varchar, e.event, coalesce(e.notes, []), e.is_full, "
        "(select coalesce(list((i.item_id, i.quantity) order by i.line), []) from items i "
        "where i.event_id = e.event_id) "
        "from events e where visitor_id is not null order by e.ts, e.request_id, e.seq",
    )
    found = rows(store, "select visitor_id, event_id::varchar, item_id from cart_removals")
    assert sorted(found, key=repr) == sorted(_plain_removals(events), key=repr)
    store.close()


def _runs(events: list[tuple[Any, ...]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    groups: dict[tuple[str, str | None], list[tuple[Any, ...]]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e[2], e[3], e[4])):
        groups[event[0], event[1]].append(event)
    found: list[tuple[str, list[tuple[Any, ...]]]] = []
    for (_, session_id), members in groups.items():
        number = 0
        before: datetime | None = None
        for event in members:
            if before is None or event[2] - before >= timedelta(seconds=7200):
                number += 1
                found.append((_key(session_id, number, event[5]), []))
            found[-1][1].append(event)
            before = event[2]
    return found


def _key(session_id: str | None, number: int, first_id: str) -> str:
    if session_id is None:
        return f"~{first_id}"
    return session_id if number == 1 else f"{session_id}#{number}"


def _plain_sessions(events: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [
        (
            members[0][0],
            key,
            members[0][2],
            members[-1][2],
            len(members),
            sum(event[6] == "page_view" for event in members),
            next((event[7] for event in members if event[7]), None),
        )
        for key, members in _runs(events)
    ]


def _plain_keys(events: list[tuple[Any, ...]]) -> dict[str, str]:
    return {event[5]: key for key, members in _runs(events) for event in members}


def _plain_removals(events: list[tuple[Any, ...]]) -> set[tuple[str, str, str | None]]:
    carts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    found: set[tuple[str, str, str | None]] = set()
    for visitor, event_id, name, notes, is_full, items in events:
        cart = carts[visitor]
        if name == "cart_update" and is_full:
            cart.clear()
            if not items:
                found.add((visitor, event_id, None))
        for item_id, quantity in items:
            if name in ("add_to_cart", "cart_update"):
                cart[item_id] += quantity or 1
            elif name == "purchase":
                cart[item_id] = Decimal(0)
            elif name == "remove_from_cart":
                left = max(Decimal(0), cart[item_id] - (quantity or 1))
                cart[item_id] = Decimal(0) if "remove_all" in notes else left
                if not cart[item_id]:
                    found.add((visitor, event_id, item_id))
    return found
