"""A rule is read: every mistake with its place and a reason, or the rule itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from dashboard.segments.grammar import (
    CONDITIONS,
    DEEPEST,
    EVENTS,
    GROUPS,
    LONGEST_RULE,
    LONGEST_TEXT,
    MOST_CONDITIONS,
    MOST_DAYS,
    MOST_VALUES,
    VERSION,
    All,
    AnyOf,
    Condition,
    Country,
    Did,
    Listed,
    Not,
    Orders,
    Property,
    Rfm,
    Rule,
    Sessions,
    Timed,
    Touched,
)

LARGEST: Final = 10**12
_CELL: Final = re.compile(r"[1-5]{2,3}|[a-z_]{1,40}", re.ASCII)
_PLACE: Final = re.compile(r"(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)
_Faults = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: `rule.of[1].least`."""

    path: str
    reason: str


@dataclass(slots=True)
class _Reading:
    lists: Collection[str]
    mistakes: list[Mistake] = field(default_factory=list)
    conditions: int = 0

    def wrong(self, path: str, reason: str) -> None:
        self.mistakes.append(Mistake(path, reason))


def read(text: str, lists: Collection[str] = ()) -> tuple[Rule | None, tuple[Mistake, ...]]:
    """The rule of a saved text and its mistakes; with any mistake there is no rule.

    `lists` are ids of the shop's saved lists. Never raises.
    """
    if len(text) > LONGEST_RULE:
        return None, (Mistake("", f"is longer than {LONGEST_RULE} characters"),)
    try:
        whole = msgspec.json.decode(text.encode())
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None, (Mistake("", "is no JSON"),)
    if not isinstance(whole, dict) or "rule" not in whole:
        return None, (Mistake("", "is no object with a rule"),)
    reading = _Reading(lists)
    if whole.get("version") != VERSION:
        reading.wrong("version", f"is not {VERSION}, the version that is known")
    for name in sorted(whole.keys() - {"version", "rule"}):
        reading.wrong(name[:40], "is no field of a segment")
    rule = _part(whole["rule"], "rule", 1, reading)
    if reading.conditions > MOST_CONDITIONS:
        reading.wrong("rule", f"has more than {MOST_CONDITIONS} conditions")
    return (None if reading.mistakes else rule), tuple(reading.mistakes)


def _part(raw: Any, path: str, depth: int, reading: _Reading) -> Rule | None:
    kind = raw.get("is") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in {*GROUPS, "not", *CONDITIONS}:
        reading.wrong(path, f"needs `is`: one of {', '.join((*GROUPS, 'not', *CONDITIONS))}")
        return None
    if depth > DEEPEST:
        reading.wrong(path, f"lies deeper than {DEEPEST} levels")
        return None
    if kind in CONDITIONS:
        return _condition(raw, path, CONDITIONS[kind], reading)
    for name in sorted(raw.keys() - {"is", "of"}):
        reading.wrong(f"{path}.{name[:40]}", "is no field of a group")
    if kind == "not":
        inner = _part(raw.get("of"), f"{path}.of", depth + 1, reading)
        return Not(of=inner) if inner else None
    return _group(raw.get("of"), kind, path, depth, reading)


def _group(raw: Any, kind: str, path: str, depth: int, reading: _Reading) -> Rule | None:
    if not isinstance(raw, list) or not raw:
        reading.wrong(f"{path}.of", "needs at least one condition")
        return None
    if len(raw) > MOST_CONDITIONS:
        reading.wrong(f"{path}.of", f"has more than {MOST_CONDITIONS} parts")
        return None
    parts = [_part(one, f"{path}.of[{number}]", depth + 1, reading) for number, one in enumerate(raw)]
    known = tuple(part for part in parts if part is not None)
    return All(of=known) if kind == "all" else AnyOf(of=known)


def _condition(raw: Any, path: str, kind: type[Condition], reading: _Reading) -> Rule | None:
    reading.conditions += 1
    try:
        found: Condition = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        match = _PLACE.match(str(error))
        assert match
        reading.wrong(path + (match[2] or ""), match[1])
        return None
    for name, reason in (*_texts(found), *_time(found), *_faults(found, reading.lists)):
        reading.wrong(f"{path}.{name}", reason)
    return found


def _texts(found: Condition) -> _Faults:
    """Texts that are too long, are none, or cannot stand in a store."""
    for name in found.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, str):
            yield from ((name, reason) for reason in _text(value))
        elif isinstance(value, tuple):
            if len(value) > MOST_VALUES:
                yield name, f"has more than {MOST_VALUES} values"
            for number, one in enumerate(value[:MOST_VALUES]):
                yield from ((f"{name}[{number}]", reason) for reason in _text(one))


def _text(value: str) -> Iterator[str]:
    if len(value) > LONGEST_TEXT:
        yield f"is longer than {LONGEST_TEXT} characters"
    if "\0" in value:
        yield "holds a NUL"


def _time(found: Condition) -> _Faults:
    if not isinstance(found, Timed):
        return
    if found.days is not None and (found.since or found.to):
        yield "days", "stands beside since or to; only one of them can be meant"
    if found.days is not None and not 1 <= found.days <= MOST_DAYS:
        yield "days", f"is not between 1 and {MOST_DAYS}"
    for name, day in (("since", found.since), ("to", found.to)):
        if day is not None and not 1990 <= day.year <= 2200:
            yield name, "is not between 1990 and 2200"
    if found.since and found.to and found.since > found.to:
        yield "to", "lies before since"


def _faults(found: Condition, lists: Collection[str]) -> _Faults:
    """What the types alone cannot say."""
    match found:
        case Country():  # there is no table of places, and addresses are not kept
            yield "is", "countries are not known: addresses of visitors are neither stored nor looked up"
        case Did() | Sessions():
            yield from _event(found) if isinstance(found, Did) else ()
            yield from _counts(found.least, found.most)
        case Orders():
            yield from _amounts(found)
        case Rfm() if not _CELL.fullmatch(found.cell):
            yield "cell", "is neither two or three steps from 1 to 5 nor a name"
        case Property():
            yield from _property(found)
        case Touched() if not found.recommended_by:
            yield "recommended_by", "is empty"
        case Listed() if not found.id:
            yield "id", "is empty"
        case Listed(source="saved") if found.id not in lists:
            yield "id", "is no saved list of this shop"
        case _ if getattr(found, "values", None) == ():
            yield "values", "is empty"


def _event(found: Did) -> _Faults:
    if found.event not in EVENTS:
        yield "event", "is no event; a shop's own is `custom` with its `name`"
    if (found.event == "custom") != bool(found.name):
        yield "name", "goes with the event `custom`, and with no other"


def _counts(least: int, most: int | None) -> _Faults:
    if not 0 <= least <= LARGEST:
        yield "least", f"is not between 0 and {LARGEST}"
    if most is not None and not least <= most <= LARGEST:
        yield "most", f"is not between least and {LARGEST}"
    if least == 0 and most is None:
        yield "least", "is 0 without most: that holds everybody"


def _amounts(found: Orders) -> _Faults:
    for name, value in (("least", found.least), ("most", found.most)):
        if value is not None and not (value.is_finite() and 0 <= value <= LARGEST):
            yield name, f"is not between 0 and {LARGEST}"
            return
    if found.least is None and found.most is None:
        yield "least", "needs a number, or most does"
    elif found.least is not None and found.most is not None and found.least > found.most:
        yield "most", "is less than least"
    if found.measure == "count":
        if any(value is not None and value != int(value) for value in (found.least, found.most)):
            yield "least", "orders are counted whole"
        elif found.least == 0 and found.most is None:
            yield "least", "is 0 without most: that holds everybody"


def _property(found: Property) -> _Faults:
    numbers = [value for value in (found.least, found.most) if value is not None]
    if not found.name:
        yield "name", "is empty"
    if found.values and numbers:
        yield "values", "stands beside least or most; only one of them can be meant"
    if any(not value.is_finite() or abs(value) > LARGEST for value in numbers):
        yield "least", f"is not between -{LARGEST} and {LARGEST}"
    elif len(numbers) == 2 and numbers[0] > numbers[1]:
        yield "most", "is less than least"
