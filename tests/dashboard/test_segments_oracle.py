"""A rule means what a plain reading of its JSON over the rows says, in every random world."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from dashboard.segments.check import read
from dashboard.segments.compile import FRAGMENTS, Members, Moment, members
from tests.dashboard.segments_world import (
    AS_OF,
    CONDITIONS,
    HOSTILE,
    Row,
    asked,
    everyone,
    meant,
    random_world,
    rules_of,
)
from tests.dashboard.shop_world import SHOP

WORLDS = range(16)
RULES = 12
MOMENTS = (AS_OF, AS_OF - timedelta(days=6, hours=3))


def question(rule: Row, lists: dict[str, list[str]], as_of: datetime = AS_OF) -> Members:
    found, mistakes = read(json.dumps({"version": 1, "rule": rule}), lists)
    assert mistakes == ()
    assert found is not None
    return members(found, Moment(shop=SHOP, as_of=as_of), lists)


@pytest.mark.parametrize("seed", WORLDS)
def test_a_rule_holds_whom_a_plain_reading_of_it_holds(seed: int) -> None:
    world = random_world(seed)
    db = world.store()
    for number, rule in enumerate(rules_of(seed, RULES)):
        as_of = MOMENTS[number % 2]
        found = question(rule, world.lists, as_of)
        assert sorted(asked(db, found.sql, found.params)) == sorted(meant(rule, world, as_of)), rule
    db.close()


def test_every_kind_of_condition_holds_some_visitors_and_not_others_in_these_worlds() -> None:
    """Otherwise agreement would prove little."""
    some: Counter[str] = Counter()
    for seed in WORLDS:
        world = random_world(seed)
        for number, rule in enumerate(rules_of(seed, RULES)[: len(CONDITIONS)]):
            held, all_of_them = meant(rule, world, MOMENTS[number % 2]), everyone(world, MOMENTS[number % 2])
            some[rule["is"]] += bool(held) and held < all_of_them
    assert set(some) == set(CONDITIONS)
    assert min(some.values()) >= 2, some


def with_text(value: str) -> list[Row]:
    """A rule of each shape that holds a text."""
    told = ("product", "category", "brand", "search_term", "recommended_by", "recommended_code")
    return [
        {"is": "did", "event": "custom", "name": value},
        {"is": "did", "event": "view_item", **dict.fromkeys(told, value)},
        {"is": "device", "part": "browser", "values": [value]},
        {"is": "arrival", "part": "utm_campaign", "values": [value]},
        {"is": "arm", "values": [value]},
        {"is": "property", "name": value, "values": [value]},
        {"is": "list", "id": "l1"},
        {"is": "list", "source": "events", "id": value},
    ]


@pytest.mark.parametrize("value", [*HOSTILE, "\x7f\t\r\n", "x" * 1024, "😀" * 300])
def test_a_hostile_value_is_a_value_and_never_part_of_a_question(value: str) -> None:
    world = random_world(3)
    db = world.store()
    for rule, plain in zip(with_text(value), with_text("plain"), strict=True):
        world.lists["l1"] = [value]
        found = question(rule, world.lists)
        assert found.sql == question(plain, {"l1": ["plain"]}).sql
        assert set(asked(db, found.sql, found.params)) == meant(rule, world, AS_OF)
    db.close()


def test_every_fragment_is_used_by_some_rule() -> None:
    titles = {name: f"audience/{name}" for name in FRAGMENTS}
    rules = [rule for seed in WORLDS for rule in rules_of(seed, RULES)]
    texts = "\n".join(question(rule, {"l1": ["x"], "l2": []}).sql for rule in rules)
    marks = {
        "everyone": "  and visitor_id is not null\n)",
        "identified": "or phone is not null)",
        "seen": "then min(seen_at)",
        "sessions": "from sessions\nwhere shop_id = $audience_shop\n  and started_at >= $",
        "known": "from held)",
        "did": "having count(*) >=",
        "purchased": "event_id::varchar)) >=",
        "did_with_items": "as deed",
        "orders": "_measure in ('count', 'days_since')",
        "rfm": "below_days",
        "trait": "then device_type",
        "touched": "kind <> 'impression'",
        "arm": "_arms::varchar[], ab_segment",
        "property": "as said",
        "listed": "visitor_nodes",
        "called": "'/segment_remove'",
    }
    assert set(marks) == set(titles)
    assert [name for name, mark in marks.items() if mark not in texts] == []
