"""The tab that builds a rule: its parts with links that change them, and a form that adds one.

The rule lives in the address, so that a step back is a step back; nothing is kept until it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from collector.errors import OperatorError
from dashboard import translated
from dashboard.desk import Desk
from dashboard.filters import LONGEST_DRAFT
from dashboard.forms import Form
from dashboard.page import Tables
from dashboard.scope import Scope
from dashboard.segments import edit
from dashboard.segments.check import read
from dashboard.segments.grammar import CONDITIONS, EVENTS, Rfm, written
from dashboard.segments.listing import CALLED
from dashboard.segments.saved import SavedSegments
from dashboard.segments.words import Line, lines

OFFERED: Final = tuple(kind for kind in CONDITIONS if kind != "country")
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "event": EVENTS,
    "measure": ("count", "sum", "average", "days_since"),
    "method": ("rees46", "quintiles"),
    "months": ("12", "3", "6", "24"),
    "source": ("saved", "events"),
}
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "device": ("device_type", "browser", "os"),
    "arrival": ("channel", "utm_source", "utm_medium", "utm_campaign", "landing", "referrer"),
}
DAYS: Final = ("since", "to")
WHOLE: Final = ("days",)
NUMBERS: Final = ("least", "most")
NEEDED: Final = ("event", "values", "cell", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form. `options` are values and words; with type `list` others may be typed."""

    name: str
    label: str
    type: str
    options: Sequence[tuple[str, str]] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of the rule with the links that change it; empty where that cannot be."""

    line: Line
    current: bool  # whether the form adds to it
    remove: str
    negate: str
    turn: str
    add: str
    group: str


def build(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The rule, the kinds of conditions that can be added, and the form of the chosen kind."""
    rule = edit.opened(scope.filters.draft)
    lists = [one.segment_id for one in scope.segments if one.kind == "static"]
    _, mistakes = read(scope.filters.draft, lists) if scope.filters.draft else (None, ())
    told = lines(rule, scope.words, scope.segments, mistakes)
    placed = {text for line in told for text in line.mistakes}
    place, kind = _edited(scope)
    return {
        "steps": [_step(rule, line, scope) for line in told],
        "mistakes": [
            f"{path} {reason}".strip()
            for path, reason in ((one.path, translated.refusal(one.reason, scope.words)) for one in mistakes)
            if not any(reason in text for text in placed)
        ],
        "kinds": [
            {
                "text": scope.words(f"rules.{one}"),
                "href": scope.here(edit=f"{place}:{one}") + "#build",
                "chosen": one == kind,
            }
            for one in OFFERED
        ],
        "place": place,
        "kind": kind,
        "fields": [_field(kind, name, tables, scope) for name in _names(kind)],
        "here": scope.here(),
        "empty": scope.here(draft="", edit=""),
        "ready": scope.audience is not None,
    }


def _edited(scope: Scope) -> tuple[str, str]:
    """Where a part is being added, and of which kind."""
    place, _, kind = scope.filters.edit.partition(":")
    return place, kind if kind in OFFERED else ""


def _step(rule: edit.Node, line: Line, scope: Scope) -> Step:
    def link(changed: edit.Node) -> str:
        text = edit.closed(changed)
        return scope.here(draft=text, edit="") if len(text) <= LONGEST_DRAFT else ""

    place, kind = _edited(scope)
    inner = line.is_group
    return Step(
        line=line,
        current=bool(kind) and line.place == place,
        remove=link(edit.removed(rule, line.place)) if line.place else "",
        negate=link(edit.negated(rule, line.place)) if line.place else "",
        turn=link(edit.turned(rule, line.place)) if inner else "",
        add=scope.here(edit=f"{line.place}:did") + "#build" if inner else "",
        group=link(edit.added(rule, line.place, edit.group([], "any"))) if inner else "",
    )


def _names(kind: str) -> Sequence[str]:
    return CONDITIONS[kind].__struct_fields__ if kind else ()


def _field(kind: str, name: str, tables: Tables, scope: Scope) -> Field:
    options = PARTS.get(kind, ()) if name == "part" else CHOICES.get(name, ())
    label = scope.words(f"rules.field_{name}")
    if options:
        told = [(one, _said(name, one, scope)) for one in options]
        return Field(name=name, label=label, type="select", options=told)
    if name == "id":
        known = [(one.segment_id, one.name) for one in scope.segments if one.kind == "static"]
        known += [(row["list"], row["list"]) for row in tables[CALLED].rows]
        return Field(name=name, label=label, type="list", options=known, needed=True)
    form = "date" if name in DAYS else "number" if name in (*WHOLE, *NUMBERS) else "text"
    return Field(name=name, label=label, type="lines" if name == "values" else form, needed=name in NEEDED)


def _said(name: str, value: str, scope: Scope) -> str:
    key = f"events.{value}" if name == "event" else f"rules.{name}_{value}"
    return scope.words(key) if scope.words.has(key) else value


def add(desk: Desk, scope: Scope, form: Form) -> str:
    """The page with a condition more."""
    kind = form.get("kind")
    if kind not in OFFERED:
        raise OperatorError("there is no such condition")
    part = edit.condition(kind, form.fields)
    text = edit.closed(edit.added(edit.opened(scope.filters.draft), form.get("place"), part))
    if len(text) > LONGEST_DRAFT:
        raise OperatorError(
            f"the rule would be longer than {LONGEST_DRAFT} characters; `r46 segment add` takes longer ones from a file"
        )
    return scope.here(draft=text, edit="")


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Save the rule of the address, and go to it."""
    return _kept(desk, scope, form.get("name"), scope.filters.draft)


def save_cell(desk: Desk, scope: Scope, form: Form) -> str:
    """Save the chosen cell of the RFM cube as a segment, and go to it."""
    filters = scope.filters
    cell: dict[str, Any] = {"cell": filters.cell, "method": filters.method, "months": int(filters.months)}
    return _kept(desk, scope, form.get("name"), written(Rfm(**cell)))


def _kept(desk: Desk, scope: Scope, name: str, rule: str) -> str:
    saved = SavedSegments(desk.reader, desk.control.segments).save(scope.shop, name, rule, scope.now)
    return scope.here(tab="saved", segment=saved.segment_id, draft="", edit="", cell="")


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget a saved segment."""
    gone = form.get("segment")
    if not SavedSegments(desk.reader, desk.control.segments).remove(scope.shop, gone):
        raise OperatorError("there is no such segment")
    return scope.here(segment="" if scope.filters.segment == gone else scope.filters.segment)
