"""Every mistake of a rule is told with its place; rules are built, changed and said in words; ids are read."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest

from dashboard.segments import edit
from dashboard.segments.check import Mistake, read
from dashboard.segments.grammar import CONDITIONS, LONGEST_RULE, All, Did, Not, Orders, written
from dashboard.segments.nodes import node_of
from dashboard.segments.nodes import read as read_ids
from dashboard.segments.words import lines
from dashboard.texts import load
from tests.dashboard.segments_world import rules_of

WORDS = load("en")


def mistakes(rule: Any, **more: Any) -> list[tuple[str, str]]:
    text = json.dumps({"version": 1, "rule": rule, **more})
    return [(one.path, one.reason) for one in read(text, {"l1"})[1]]


@pytest.mark.parametrize(
    ("rule", "path", "reason"),
    [
        ({"is": "did", "event": "look"}, "rule.event", "is no event; a shop's own is `custom` with its `name`"),
        ({"is": "did", "event": "custom"}, "rule.name", "goes with the event `custom`, and with no other"),
        ({"is": "did", "event": "search", "name": "x"}, "rule.name", "goes with the event `custom`, and with no other"),
        ({"is": "did"}, "rule", "Object missing required field `event`"),
        ({"is": "did", "event": "search", "least": "2"}, "rule.least", "Expected `int`, got `str`"),
        ({"is": "did", "event": "search", "least": -1}, "rule.least", "is not between 0 and 1000000000000"),
        ({"is": "did", "event": "search", "least": 0}, "rule.least", "is 0 without most: that holds everybody"),
        ({"is": "did", "event": "search", "least": 3, "most": 2}, "rule.most", "is not between least and 1000000000000"),
        ({"is": "did", "event": "search", "brand": "x" * 1025}, "rule.brand", "is longer than 1024 characters"),
        ({"is": "did", "event": "search", "brand": "a\0b"}, "rule.brand", "holds a NUL"),
        ({"is": "sessions", "days": 0}, "rule.days", "is not between 1 and 3650"),
        ({"is": "sessions", "days": 3, "to": "2026-03-01"}, "rule.days", "stands beside since or to; only one of them can be meant"),
        ({"is": "sessions", "since": "2026-03-02", "to": "2026-03-01"}, "rule.to", "lies before since"),
        ({"is": "sessions", "since": "0001-01-01"}, "rule.since", "is not between 1990 and 2200"),
        ({"is": "sessions", "since": "soon"}, "rule.since", "Invalid RFC3339 encoded date"),
        ({"is": "orders"}, "rule.least", "needs a number, or most does"),
        ({"is": "orders", "least": "1.5"}, "rule.least", "orders are counted whole"),
        ({"is": "orders", "least": 0}, "rule.least", "is 0 without most: that holds everybody"),
        ({"is": "orders", "measure": "sum", "least": "NaN"}, "rule.least", "is not between 0 and 1000000000000"),
        ({"is": "orders", "measure": "sum", "least": 5, "most": 4}, "rule.most", "is less than least"),
        ({"is": "orders", "measure": "profit", "least": 5}, "rule.measure", "Invalid enum value 'profit'"),
        ({"is": "rfm", "cell": "61"}, "rule.cell", "is neither two or three steps from 1 to 5 nor a name"),
        ({"is": "rfm", "cell": "51", "months": 5}, "rule.months", "Invalid enum value 5"),
        ({"is": "device", "values": []}, "rule.values", "is empty"),
        ({"is": "device", "values": ["x"] * 101}, "rule.values", "has more than 100 values"),
        ({"is": "arm", "values": ["A", "B\0"]}, "rule.values[1]", "holds a NUL"),
        ({"is": "property", "name": ""}, "rule.name", "is empty"),
        ({"is": "property", "name": "a", "values": ["b"], "least": 1}, "rule.values", "stands beside least or most; only one of them can be meant"),
        ({"is": "property", "name": "a", "least": 3, "most": 1}, "rule.most", "is less than least"),
        ({"is": "property", "name": "a", "least": "1e400"}, "rule.least", "is not between -1000000000000 and 1000000000000"),
        ({"is": "list", "id": "l2"}, "rule.id", "is no saved list of this shop"),
        ({"is": "list", "id": "", "source": "events"}, "rule.id", "is empty"),
        ({"is": "country", "values": ["DE"]}, "rule.is", "countries are not known: addresses of visitors are neither stored nor looked up"),
        ({"is": "identified", "x": 1}, "rule", "Object contains unknown field `x`"),
        ({"is": "all", "of": []}, "rule.of", "needs at least one condition"),
        ({"is": "any", "of": "x"}, "rule.of", "needs at least one condition"),
        ({"is": "any", "of": [{"is": "identified"}], "x": 1}, "rule.x", "is no field of a group"),
        ({"is": "any", "of": [{"is": "identified"}] * 31}, "rule.of", "has more than 30 parts"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_reason(rule: Any, path: str, reason: str) -> None:
    assert mistakes(rule) == [(path, reason)]
    inside = {"is": "any", "of": [{"is": "identified"}, {"is": "not", "of": rule}]}
    assert mistakes(inside) == [(path.replace("rule", "rule.of[1].of", 1), reason)]


@pytest.mark.parametrize("part", [None, 5, "x", [], {}, {"is": "whatever"}, {"is": ["all"]}])
def test_what_is_no_part_at_all_is_told(part: Any) -> None:
    ((path, reason),) = mistakes({"is": "all", "of": [{"is": "identified"}, part]})
    assert path == "rule.of[1]"
    assert reason.startswith("needs `is`: one of all, any, not, identified, ")


def test_all_mistakes_are_told_at_once() -> None:
    rule = {"is": "all", "of": [{"is": "did", "event": "x"}, {"is": "rfm", "cell": "9"}, {"is": "country"}]}
    assert [path for path, _ in mistakes(rule, extra=1)] == [
        "extra",
        "rule.of[0].event",
        "rule.of[1].cell",
        "rule.of[2].is",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("\ud800", "is no JSON"),
        ("[" * 5000, "is no JSON"),
        ("[]", "is no object with a rule"),
        ("{}", "is no object with a rule"),
        ("x" * (LONGEST_RULE + 1), "is longer than 64000 characters"),
    ],
)
def test_a_text_that_is_no_rule_is_told(text: str, reason: str) -> None:
    assert read(text) == (None, (Mistake("", reason),))


def test_another_version_is_refused() -> None:
    text = '{"version":2,"rule":{"is":"identified"}}'
    assert read(text) == (None, (Mistake("version", "is not 1, the version that is known"),))


def test_a_rule_is_neither_too_deep_nor_too_wide() -> None:
    deep: Any = {"is": "identified"}
    for _ in range(4):
        deep = {"is": "not", "of": deep}
    assert mistakes(deep) == []
    assert mistakes({"is": "not", "of": deep}) == [("rule.of.of.of.of.of", "lies deeper than 5 levels")]
    wide = {"is": "any", "of": [{"is": "all", "of": [{"is": "identified"}] * 16}] * 2}
    assert mistakes(wide) == [("rule", "has more than 30 conditions")]


@pytest.mark.parametrize("seed", range(20))
def test_a_rule_that_is_saved_is_read_as_the_same_rule(seed: int) -> None:
    for raw in rules_of(seed, 10):
        rule, wrong = read(json.dumps({"version": 1, "rule": raw}), {"l1", "l2"})
        assert wrong == ()
        assert rule is not None
        assert read(written(rule), {"l1", "l2"}) == (rule, ())


# Building


def test_a_rule_is_built_by_steps_and_each_step_back_is_the_rule_before() -> None:
    first = edit.added(
        edit.opened(""), "", edit.condition("did", {"event": "search", "least": "2", "days": ""})
    )
    grouped = edit.added(first, "", edit.group([], "any"))
    second = edit.added(grouped, "1", edit.condition("orders", {"measure": "sum", "least": "10.50"}))
    negated = edit.negated(second, "1.0")
    rule, wrong = read(edit.closed(negated))
    assert wrong == ()
    orders = Orders(measure="sum", least=Decimal("10.50"))
    assert isinstance(rule, All)
    assert rule.of[0] == Did(event="search", least=2)
    assert rule.of[1].of == (Not(of=orders),)  # type: ignore[union-attr]
    assert edit.negated(negated, "1.0") == second
    assert edit.removed(second, "1.0") == first
    assert edit.turned(edit.turned(second, ""), "") == second
    assert edit.turned(second, "1")["of"][1]["is"] == "all"
    assert edit.opened(edit.closed(second)) == second
    assert edit.removed(first, "0") == edit.removed(first, "") == edit.opened("")


@pytest.mark.parametrize("place", ["9", "0.0", "1.7", "-1", "x", "0.x", "²", "99999999999999"])
def test_a_place_that_leads_nowhere_changes_nothing(place: str) -> None:
    rule = edit.group([{"is": "identified"}, {"is": "not", "of": {"is": "identified"}}])
    assert edit.removed(rule, place) == rule
    assert edit.negated(rule, place) == rule


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rule":5}', "\ud800", "[" * 5000])
def test_a_draft_that_is_nothing_is_an_empty_rule(text: str) -> None:
    assert edit.opened(text) == {"is": "all", "of": []}


def test_a_condition_alone_is_opened_as_a_group_of_one() -> None:
    assert edit.opened('{"version":1,"rule":{"is":"identified"}}') == {
        "is": "all",
        "of": [{"is": "identified"}],
    }


def test_a_form_says_what_was_filled_in_and_nothing_else() -> None:
    assert edit.condition(
        "device", {"part": "os", "values": " Linux \n\n iOS ", "least": "5", "act": "add"}
    ) == {
        "is": "device",
        "part": "os",
        "values": ["Linux", "iOS"],
    }
    assert edit.condition("sessions", {"days": "30", "least": "few"}) == {
        "is": "sessions",
        "days": 30,
        "least": "few",
    }


def test_a_strange_draft_is_said_in_lines_and_never_fails() -> None:
    rng = random.Random(4)
    values: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        [[]],
        {"is": "not"},
        {"is": "all"},
        {"is": "any", "of": [5, None]},
    ]
    for _ in range(200):
        node: Any = rng.choice(values)
        for _ in range(rng.randrange(6)):
            node = {
                "is": rng.choice(["all", "any", "not", "did", "x"]),
                "of": rng.choice([node, [node, node]]),
            }
        text = json.dumps({"version": 1, "rule": node})
        rule = edit.opened(text)
        told = lines(rule, WORDS, (), read(text)[1])
        assert told[0].place == ""
        for line in told:
            edit.removed(rule, line.place)
            edit.negated(rule, line.place)


def test_every_kind_of_condition_and_field_has_words() -> None:
    missing = [
        key
        for kind, struct in CONDITIONS.items()
        for key in (f"rules.{kind}", *(f"rules.field_{name}" for name in struct.__struct_fields__))
        if not WORDS.has(key)
    ]
    assert missing == []


def test_a_mistake_stands_at_its_part() -> None:
    text = '{"version":1,"rule":{"is":"all","of":[{"is":"identified"},{"is":"any","of":[{"is":"did","event":"x"}]},{"is":"any","of":[]}]}}'
    told = lines(edit.opened(text), WORDS, (), read(text)[1])
    assert {line.place: line.mistakes for line in told if line.mistakes} == {
        "1.0": ("event: is no event; a shop's own is `custom` with its `name`",),
        "2": ("needs at least one condition",),
    }


# Ids


@pytest.mark.parametrize(
    ("kind", "value", "node"),
    [
        ("did", " AH5aEvmlqn ", "AH5aEvmlqn"),
        ("user_id", "7", "u:7"),
        ("email", " Ann@Shop.Example ", "e:ann@shop.example"),
        ("email", "ann", ""),
        ("phone", "+49 (30) 12345", "p:+493012345"),
        ("phone", "12", ""),
        ("did", "a\x1bb", ""),
        ("did", "x" * 256, ""),
        ("did", "", ""),
    ],
)
def test_an_id_becomes_the_node_that_the_store_knows(kind: str, value: str, node: str) -> None:
    assert node_of(kind, value) == node


def test_a_file_with_a_heading_gives_the_ids_of_its_columns() -> None:
    found = read_ids(
        ["\ufeffName,EMAIL,phone\n", "Ann,ann@x.example,+4930123\n", "\n", "Bob,none,\n", '"C, D",,123456\n'],
        "did",
    )
    assert (found.nodes, found.refused) == (["e:ann@x.example", "p:+4930123", "p:123456"], [4])


def test_a_file_without_one_has_an_id_a_line() -> None:
    found = read_ids(["7\r\n", "  \r\n", "8,more\r\n", "x\x00y\r\n"], "user_id")
    assert (found.nodes, found.refused) == (["u:7", "u:8"], [4])
