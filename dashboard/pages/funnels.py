"""Where do they drop? Own steps, within a time, apart by device, channel or tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from collector.control.funnels import SavedFunnel
from collector.errors import OperatorError
from collector.wire import Shop
from dashboard import charts, format, funnel, funnel_drops
from dashboard.desk import ControlView, Desk
from dashboard.filters import DEFAULT, Filters, changed
from dashboard.forms import Form
from dashboard.funnel_drops import SPACE, duration, label
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.wilson import interval

STEPS: Final = "funnels/steps"
SPLIT: Final = "funnels/split"
NAMES: Final = "funnels/names"
SAVED: Final = "funnels/saved"
BY_SEGMENT: Final = "funnels/by_segment"
SEGMENT: Final = "segment"
WHERE: Final = "where"
FIRST: Final = "funnels.no_step_before"
NOBODY: Final = "funnels.nobody_before"
TABLE = (
    Column(name="label", title="funnels.step"),
    Column(name="units", kind="count", title="funnels.units"),
    Column(name="of_first", kind="percent", title="funnels.of_first", absent="funnels.nobody"),
    Column(name="of_previous", kind="percent", title="funnels.of_previous", absent=NOBODY),
    Column(name="interval", title="funnels.interval", absent=NOBODY),
    Column(name="lost", kind="count", title="funnels.lost", absent=FIRST),
    Column(name="quarter", title="funnels.quarter", absent="funnels.no_time"),
    Column(name="median", title="funnels.median", absent="funnels.no_time"),
    Column(name="three_quarters", title="funnels.three_quarters", absent="funnels.no_time"),
)
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
        "saved": [_saved(row, scope) for row in tables[SAVED].rows],
        "action": scope.here(),
    }


def _saved(row: Row, scope: Scope) -> Row:
    """A saved funnel as a link; it is chosen where the address asks for the very same."""
    parts = {name: row[name] for name in ("steps", "window", "unit")}
    asked = {name: getattr(scope.filters, name) for name in parts}
    return {"name": row["name"], "href": scope.here(**parts), "chosen": parts == asked}


def facts(control: ControlView, shop: Shop, filters: Filters) -> Mapping[str, Any]:
    """The shop's saved funnels."""
    return {"saved_funnels": msgspec.json.encode(control.funnels.of(shop.shop_id)).decode()}


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep the funnel that the address tells under the name that was typed."""
    filters = scope.filters
    name = "".join(sign for sign in form.get("name") if sign.isprintable()).strip()
    kept = SavedFunnel(name=name, steps=filters.steps, window=filters.window, unit=filters.unit)
    desk.control.funnels.save(scope.shop.shop_id, kept)
    return scope.here()


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget a saved funnel; raises OperatorError where none is named."""
    if not form.get("name"):
        raise OperatorError("no funnel was named")
    desk.control.funnels.remove(scope.shop.shop_id, form.get("name"))
    return scope.here()


def _option(event: str, step: str, scope: Scope) -> Choice:
    return Choice(funnel.part_of(event), label(event, scope), event == step)


def _worded(name: str, value: str, scope: Scope) -> Choice:
    return Choice(value, scope.words(f"funnels.{name}_{value}"), value == getattr(scope.filters, name))


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
    times = {name: row[f"{name}_seconds"] for name in ("quarter", "median", "three_quarters")}
    return {
        **row,
        "label": f"{row['step']}. {label(row['name'], scope)}",
        "interval": f"{format.percent(found.low)}{DASH}{format.percent(found.high)}" if found else None,
        **{name: None if seconds is None else duration(seconds) for name, seconds in times.items()},
    }


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


def _counts(first: Column, scope: Scope) -> tuple[Column, ...]:
    """What a row tells of, how many of it reached each step, and the last of the first."""
    counted = range(1, len(funnel.steps_of(scope.filters.steps)) + 1)
    return (
        first,
        *(Column(name=f"units_{step}", kind="count", title=f"funnels.step_{step}") for step in counted),
        Column(name="converted", kind="percent", title="funnels.converted", absent="funnels.nobody"),
    )


def split(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    kind = scope.filters.split
    first = Column(
        name="segment",
        title=f"funnels.split_{kind}",
        words=WORDS[kind],
        absent="funnels.no_session",
        bar="part",
        chip=kind,
        chip_value="name",
    )
    top = max((row["units_1"] for row in tables[SPLIT].rows), default=0)
    nothing = scope.words("funnels.no_tool") if kind == "tool" else None
    rows = [
        {**row, "segment": row["name"] or nothing, "part": row["units_1"] / top} for row in tables[SPLIT].rows
    ]
    columns = _counts(first, scope)
    grid = Grid(columns=columns, rows=scope.sorted("split", rows), name="split", empty="funnels.none")
    return {"grid": grid}


def by_segment(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The funnel of a saved segment beside that of everybody else; which segment is chosen by a link."""
    chosen = scope.apart
    names = {True: chosen.name if chosen else "", False: scope.words("funnels.everybody_else"), None: None}
    rows = [{**row, "who": names[row["inside"]]} for row in tables[BY_SEGMENT].rows] if chosen else []
    first = Column(name="who", title="funnels.tab_segment", absent="funnels.no_session", sortable=False)
    return {
        "choices": [
            Choice(
                scope.here(code=one.segment_id),
                one.name,
                bool(chosen and one.segment_id == chosen.segment_id),
            )
            for one in scope.segments
        ],
        "grid": Grid(columns=_counts(first, scope), rows=rows, empty="funnels.none"),
        "unusable": bool(scope.segments) and chosen is None,
        "make": scope.url("segments"),
    }


PAGE = Page(
    slug="funnels",
    order=50,
    tabs=(WHERE, SEGMENT, funnel_drops.TAB),
    apart=SEGMENT,
    facts=facts,
    acts={"save": save, "remove": remove},
    panels=(
        Panel(name="choose", queries=(NAMES, SAVED), view=choose),
        Panel(name="steps", queries=(STEPS,), view=steps, draw=draw, tabs=(WHERE,)),
        Panel(name="split", queries=(SPLIT,), view=split, tabs=(WHERE,)),
        Panel(name="by_segment", queries=(BY_SEGMENT,), view=by_segment, tabs=(SEGMENT,)),
        Panel(name="who", queries=(funnel_drops.QUERY,), view=funnel_drops.who, tabs=(funnel_drops.TAB,)),
    ),
)
