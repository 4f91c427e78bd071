"""Where do they drop? Own steps, within a time, apart by device, channel or tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from dashboard import charts, format, funnel
from dashboard.filters import DEFAULT, changed
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.wilson import interval

STEPS: Final = "funnels/steps"
SPLIT: Final = "funnels/split"
NAMES: Final = "funnels/names"
FIRST: Final = "funnels.no_step_before"
NOBODY: Final = "funnels.nobody_before"
TABLE = (
    Column(name="label", title="funnels.step"),
    Column(name="units", kind="count", title="funnels.units"),
    Column(name="of_first", kind="percent", title="funnels.of_first", absent="funnels.nobody"),
    Column(name="of_previous", kind="percent", title="funnels.of_previous", absent=NOBODY),
    Column(name="interval", title="funnels.interval", absent=NOBODY),
    Column(name="lost", kind="count", title="funnels.lost", absent=FIRST),
    Column(name="median", title="funnels.median", absent="funnels.no_time"),
)
SPACE: Final = "\N{NO-BREAK SPACE}"
DASH: Final = f"{SPACE}–{SPACE}"
WORDS: Final = {"device": "devices", "channel": "channels", "tool": ""}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a form."""

    value: str
    label: str
    chosen: bool


def choose(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form: a list of events for each step, and how the steps are counted."""
    steps = funnel.steps_of(scope.filters.steps)
    own = {f"{funnel.OWN}{row['name']}" for row in tables[NAMES].rows} | {
        step for step in steps if step.startswith(funnel.OWN)
    }
    events = (*funnel.EVENTS, *sorted(own))
    padded = (*steps, *("",) * (funnel.MOST - len(steps)))
    rest = changed(
        scope.carried, steps="", window=DEFAULT.window, unit=DEFAULT.unit, split=DEFAULT.split, page=1
    )
    return {
        "steps": [[_option(event, step, scope) for event in events] for step in padded],
        "fewest": funnel.FEWEST,
        "others": {
            name: [_worded(name, value, scope) for value in values]
            for name, values in (
                ("window", tuple(funnel.WINDOWS)),
                ("unit", funnel.UNITS),
                ("split", funnel.SPLITS),
            )
        },
        "hidden": parse_qsl(rest.query()),
        "usual": scope.here(steps="") if scope.filters.steps else "",
    }


def _option(event: str, step: str, scope: Scope) -> Choice:
    return Choice(funnel.part_of(event), label(event, scope), event == step)


def _worded(name: str, value: str, scope: Scope) -> Choice:
    return Choice(value, scope.words(f"funnels.{name}_{value}"), value == getattr(scope.filters, name))


def label(step: str, scope: Scope) -> str:
    """What people call a step; events of the shop's own go by their name."""
    if step.startswith(funnel.OWN):
        return step.removeprefix(funnel.OWN)
    return scope.words("funnels.session" if step == "session" else f"events.{step}")


def steps(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_told(row, scope) for row in tables[STEPS].rows]
    if not rows or not rows[0]["units"]:
        rows = []
    columns = tuple(_plain(column, scope) for column in TABLE)
    return {"grid": Grid(columns=columns, rows=rows, empty="funnels.none"), "rules": _rules(scope)}


def _plain(column: Column, scope: Scope) -> Column:
    """The heading of the counts says what is counted."""
    title = f"funnels.units_{scope.filters.unit}" if column.name == "units" else column.title
    return Column(
        name=column.name,
        kind=column.kind,
        title=title,
        absent=column.absent,
        bar=column.bar,
        sortable=False,
    )


def _told(row: Row, scope: Scope) -> Row:
    found = None if row["lost"] is None else interval(row["units"], row["units"] + row["lost"])
    seconds = row["median_seconds"]
    return {
        **row,
        "label": f"{row['step']}. {label(row['name'], scope)}",
        "interval": f"{format.percent(found.low)}{DASH}{format.percent(found.high)}" if found else None,
        "median": None if seconds is None else duration(seconds),
    }


def duration(seconds: float) -> str:
    """A time in its two greatest units: 4.4 s, 1 min 28 s, 2 h 5 min, 3 d 4 h."""
    if seconds < 60:
        return f"{format.number(seconds, 1)}{SPACE}s"
    whole = round(seconds)
    for size, name, part, small in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size}{SPACE}{name}" + (f"{SPACE}{rest}{SPACE}{small}" if rest else "")
    raise ValueError(f"{seconds} is no time")


def _rules(scope: Scope) -> str:
    return scope.words(
        "funnels.rules",
        unit=scope.words(f"funnels.counting_{scope.filters.unit}"),
        window=scope.words(f"funnels.rule_{scope.filters.window}"),
    )


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = [{**row, "label": label(row["name"], scope)} for row in tables[STEPS].rows]
    if not rows or not rows[0]["units"]:
        return None
    return charts.bars(rows, label="label", value="units", kind="count", about="funnels.about_steps")


def split(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    kind = scope.filters.split
    counted = range(1, len(funnel.steps_of(scope.filters.steps)) + 1)
    columns = (
        Column(
            name="segment",
            title=f"funnels.split_{kind}",
            words=WORDS[kind],
            absent="funnels.no_session",
            bar="part",
        ),
        *(Column(name=f"units_{step}", kind="count", title=f"funnels.step_{step}") for step in counted),
        Column(name="converted", kind="percent", title="funnels.converted", absent="funnels.nobody"),
    )
    top = max((row["units_1"] for row in tables[SPLIT].rows), default=0)
    nothing = scope.words("funnels.no_tool") if kind == "tool" else None
    rows = [
        {**row, "segment": row["name"] or nothing, "part": row["units_1"] / top} for row in tables[SPLIT].rows
    ]
    grid = Grid(columns=columns, rows=scope.sorted("split", rows), name="split", empty="funnels.none")
    return {"grid": grid}


PAGE = Page(
    slug="funnels",
    order=50,
    panels=(
        Panel(name="choose", queries=(NAMES,), view=choose),
        Panel(name="steps", queries=(STEPS,), view=steps, draw=draw),
        Panel(name="split", queries=(SPLIT,), view=split),
    ),
)
