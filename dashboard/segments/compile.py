"""A rule as SQL: fixed fragments put together by sets, every value a bound parameter.

A condition is one of our own files under dashboard/queries/audience, its parameters renamed
to `audience_<number>_<name>`; a group is an intersection or a union of such sets, a negation
what is left of everyone. No text of a rule ever becomes text of a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from collector.wire import Shop
from dashboard import periods, queries
from dashboard.periods import Days
from dashboard.segments.grammar import (
    All,
    AnyOf,
    Arm,
    Arrival,
    Condition,
    Device,
    Did,
    FirstSeen,
    Identified,
    LastSeen,
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

FRAGMENTS: Final = (
    "everyone",
    "known",
    "identified",
    "seen",
    "sessions",
    "did",
    "did_with_items",
    "purchased",
    "orders",
    "rfm",
    "trait",
    "touched",
    "arm",
    "property",
    "listed",
    "called",
)
SHARED: Final = ("shop", "as_of", "currency")
BEGINNING: Final = datetime(1, 1, 1)  # noqa: DTZ001 - naive UTC, as the store keeps time
_PARAMETER: Final = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Of which shop, and as of when (naive UTC): only what came before counts."""

    shop: Shop
    as_of: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.shop.timezone)


@dataclass(frozen=True, slots=True)
class Members:
    """A question that gives `visitor_id` of each member once, and its parameters."""

    sql: str
    params: Mapping[str, Any]


def members(rule: Rule, moment: Moment, lists: Mapping[str, Sequence[str]]) -> Members:
    """The question whose answer are the visitors of a rule. `lists` has the ids of each saved list."""
    writing = _Writing(moment, lists)
    found = writing.set_of(_plain(rule))
    last = writing.known(found)
    sets = ",\n".join(writing.sets)
    return Members(sql="\n".join((f"with {sets}", last)), params=writing.params)


def _select(name: str) -> str:
    return f"select visitor_id\nfrom {name}"


def _plain(rule: Rule) -> Rule:
    """The rule without counts that begin at none: who did it at most so often are all but who did it oftener."""
    match rule:
        case All() | AnyOf():
            return msgspec.structs.replace(rule, of=tuple(map(_plain, rule.of)))
        case Not():
            return Not(of=_plain(rule.of))
        case Sessions() | Did() if rule.least == 0:
            return Not(of=msgspec.structs.replace(rule, least=(rule.most or 0) + 1, most=None))
        case Orders() if rule.measure == "count" and rule.least == 0:
            return Not(of=msgspec.structs.replace(rule, least=(rule.most or Decimal(0)) + 1, most=None))
        case _:
            return rule


@dataclass(slots=True)
class _Writing:
    """Sets written so far. Sets may hold who is nobody; the question as a whole does not."""

    moment: Moment
    lists: Mapping[str, Sequence[str]]
    sets: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def set_of(self, rule: Rule) -> str:
        """Write the set of a rule; its name."""
        match rule:
            case All():
                return self._all(rule)
            case AnyOf():
                return self._joined("union", [self.set_of(part) for part in rule.of])
            case Not():
                everyone = self._write(self._bound("everyone", {}))
                return self._joined("except", [everyone, self.set_of(rule.of)])
            case _:
                return self._write(self._bound(*_asked(rule, self.moment, self.lists)))

    def known(self, found: str) -> str:
        """The question's last part: those of a set who are somebody at the moment."""
        self.sets.append(f"held as (\n{_select(found)}\n)")
        return self._bound("known", {})

    def _all(self, rule: All) -> str:
        """What must not hold is taken from what must, so that nobody else is looked at."""
        held = [self.set_of(part) for part in rule.of if not isinstance(part, Not)]
        if not held:
            held = [self._write(self._bound("everyone", {}))]
        not_held = [self.set_of(part.of) for part in rule.of if isinstance(part, Not)]
        return self._joined("except", [self._joined("intersect", held), *not_held])

    def _bound(self, name: str, given: Mapping[str, Any]) -> str:
        """The text of a file with its values bound, under names of the next set."""
        number = len(self.sets)
        values = {
            "shop": self.moment.shop.shop_id,
            "as_of": self.moment.as_of,
            "currency": self.moment.shop.currency,
            **given,
        }

        def bound(match: re.Match[str]) -> str:
            asked = match[1]
            own = f"audience_{asked}" if asked in SHARED else f"audience_{number}_{asked}"
            self.params[own] = values[asked]
            return f"${own}"

        return _PARAMETER.sub(bound, queries.load(f"audience/{name}").sql)

    def _joined(self, how: str, names: Sequence[str]) -> str:
        if len(names) == 1:
            return names[0]
        return self._write(f"\n{how}\n".join(map(_select, names)))

    def _write(self, sql: str) -> str:
        name = f"audience_{len(self.sets)}"
        self.sets.append(f"{name} as (\n{sql}\n)")
        return name


def _asked(
    rule: Condition, moment: Moment, lists: Mapping[str, Sequence[str]]
) -> tuple[str, Mapping[str, Any]]:
    """The file of a condition and what it is given."""
    days = _days(rule, moment) if isinstance(rule, Timed) else {}
    match rule:
        case Identified():
            return "identified", {}
        case FirstSeen() | LastSeen():
            return "seen", {**days, "which": "first" if isinstance(rule, FirstSeen) else "last"}
        case Sessions():
            return "sessions", {**days, "least": rule.least, "most": rule.most}
        case Did():
            return _did(rule, days)
        case Orders():
            least = Decimal(1) if rule.measure == "count" and rule.least is None else rule.least
            return "orders", {**days, "measure": rule.measure, "least": least, "most": rule.most}
        case Device() | Arrival():
            return "trait", {**days, "trait": rule.part, "traits": list(rule.values)}
        case Touched():
            named = {"recommended_by": rule.recommended_by, "recommended_code": rule.recommended_code or None}
            return "touched", {**days, **named}
        case Arm():
            return "arm", {**days, "arms": list(rule.values)}
        case _:
            return _untimed(rule, moment, lists)


def _untimed(
    rule: Condition, moment: Moment, lists: Mapping[str, Sequence[str]]
) -> tuple[str, Mapping[str, Any]]:
    match rule:
        case Rfm():
            today = moment.as_of.replace(tzinfo=UTC).astimezone(moment.zone).date()
            first = periods.months_before(today + timedelta(days=1), rule.months)
            window = {"window_start": _midnight(first, moment), "window_until": moment.as_of}
            return "rfm", {**window, "method": rule.method, "cell": rule.cell}
        case Property():
            told = {"pointer": _pointer(rule.name), "told": list(rule.values)}
            return "property", {**told, "least": rule.least, "most": rule.most}
        case Listed(source="saved"):
            return "listed", {"nodes": list(lists[rule.id])}
        case Listed():
            return "called", {"list": rule.id}
        case _:
            raise ValueError(f"{type(rule).__name__} has no meaning: a rule is compiled after it is checked")


def _did(rule: Did, days: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    given: dict[str, Any] = {**days, "event": rule.event, "least": rule.least, "most": rule.most}
    for name in ("name", "search_term", "recommended_by", "recommended_code"):
        given[name] = getattr(rule, name) or None
    items = {name: getattr(rule, name) or None for name in ("product", "category", "brand")}
    if any(items.values()):
        return "did_with_items", {**given, **items}
    return ("purchased" if rule.event == "purchase" else "did"), given


def _days(rule: Timed, moment: Moment) -> dict[str, datetime]:
    """The days of a condition as naive UTC; nothing at or after the moment."""
    if rule.days is not None:
        return {"since": moment.as_of - timedelta(days=rule.days), "until": moment.as_of}
    until = _midnight(rule.to + timedelta(days=1), moment) if rule.to else moment.as_of
    since = _midnight(rule.since, moment) if rule.since else BEGINNING
    return {"since": since, "until": min(until, moment.as_of)}


def _midnight(day: date, moment: Moment) -> datetime:
    return periods.span_of(Days(day, day + timedelta(days=1)), moment.zone).start


def _pointer(name: str) -> str:
    """A JSON pointer to a key of an object, whatever its signs."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
