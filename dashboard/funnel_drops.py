"""The tab "Who dropped out" of Funnels: those that reached a step and not the next, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from dashboard import format, funnel, texts
from dashboard.filters import PAGE_SIZE
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

TAB: Final = "who"
QUERY: Final = "funnels/dropped"
SPACE: Final = "\N{NO-BREAK SPACE}"
COLUMNS: Final = (
    Column(name="session_key", kind="code", title="funnels.who_session", sortable=False),
    Column(name="visitor_id", kind="code", title="funnels.who_visitor", href="orders", sortable=False),
    Column(name="ended", kind="time", title="funnels.who_ended", sortable=False),
    Column(name="last_event", title="funnels.who_event", words="events", sortable=False),
    Column(name="last_page", title="funnels.who_page", sortable=False),
    Column(name="device_type", title="funnels.split_device", words="devices", sortable=False, chip="device"),
    Column(name="channel", title="funnels.split_channel", words="channels", sortable=False, chip="channel"),
    Column(name="took", title="funnels.who_took", absent="funnels.first_has_no_time", sortable=False),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to the list of one step."""

    href: str
    label: str
    chosen: bool


def step_of(scope: Scope) -> int:
    """The step that was reached, from 1; as the question reads it."""
    last = len(funnel.steps_of(scope.filters.steps)) - 1
    text = scope.filters.code
    chosen = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 1
    return min(max(chosen, 1), last)


def who(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Who reached the chosen step and not the next."""
    rows = [_told(row, scope) for row in tables[QUERY].rows]
    steps = funnel.steps_of(scope.filters.steps)
    labels = [label(step, scope) for step in steps]
    page = scope.filters.page
    return {
        "choices": [
            Choice(
                href=scope.here(code=str(number)),
                label=scope.words("funnels.between", reached=before, missed=after),
                chosen=number == step_of(scope),
            )
            for number, (before, after) in enumerate(pairwise(labels), 1)
        ],
        "grid": Grid(columns=COLUMNS, rows=rows, empty="funnels.nobody_dropped"),
        "newer": scope.here(page=page - 1) if page > 1 else "",
        "older": scope.here(page=page + 1) if len(rows) == PAGE_SIZE else "",
    }


def _told(row: Row, scope: Scope) -> Row:
    seconds = row["reached_seconds"]
    return {
        **row,
        "took": None if seconds is None else duration(seconds),
        "orders": scope.url("orders", find=row["visitor_id"]),
    }


def label(step: str, scope: Scope) -> str:
    """What people call a step; events of the shop's own go by their name."""
    if step.startswith(funnel.OWN):
        return step.removeprefix(funnel.OWN)
    return scope.words("funnels.session" if step == "session" else f"events.{step}")


def duration(seconds: float) -> str:
    """A time in its two greatest units: 4.4 s, 1 min 28 s, 2 h 5 min, 3 d 4 h."""
    units = texts.spoken()
    if seconds < 60:
        return f"{format.number(seconds, 1)}{SPACE}{units('units.s')}"
    whole = round(seconds)
    for size, name, part, small in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // part
            told = f"{whole // size}{SPACE}{units(f'units.{name}')}"
            return told + (f"{SPACE}{rest}{SPACE}{units(f'units.{small}')}" if rest else "")
    raise ValueError(f"{seconds} is no time")
