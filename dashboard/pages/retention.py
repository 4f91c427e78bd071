"""Who comes back? Cohorts by the week or month of the first visit or the first order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dashboard import charts, format
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

COHORTS: Final = "retention/cohorts"
TABS: Final = ("visit_week", "visit_month", "order_week", "order_month")
SHADES: Final = 8
CURVE = (
    Column(name="label", title="retention.age", sortable=False),
    Column(name="visitors", kind="count", title="retention.size", sortable=False),
    Column(name="returned", kind="count", title="retention.returned", sortable=False),
    Column(name="share", kind="percent", title="retention.share", sortable=False),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A share as text, how strongly it is shaded, and the counts behind it."""

    text: str
    shade: str
    about: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """A row of the triangle; `cells` end with the week or month that runs now."""

    name: str
    size: int
    cells: Sequence[Cell | None]


def triangle(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables[COHORTS].rows
    shown = _sized(rows)
    top = max((row["share"] for row in shown if row["share"] is not None), default=0.0)
    cohorts: dict[date, list[Cell | None]] = {}
    for row in rows:
        cohorts.setdefault(row["cohort"], []).append(_cell(row, top, scope))
    ages = max(map(len, cohorts.values()), default=0)
    sizes = {row["cohort"]: row["size"] for row in rows}
    return {
        "ages": range(ages),
        "cohorts": [Cohort(_name(day, scope), sizes[day], cells) for day, cells in cohorts.items()],
        "any": bool(shown),
        "open": any(not row["complete"] for row in shown),
        "step": scope.words(f"retention.step_{_grain(scope)}"),
    }


def _sized(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["size"]]


def _grain(scope: Scope) -> str:
    return "month" if scope.tab.endswith("month") else "week"


def _name(day: date, scope: Scope) -> str:
    return format.month(day) if _grain(scope) == "month" else f"{format.short_day(day)} {day.year}"


def _cell(row: Row, top: float, scope: Scope) -> Cell | None:
    if row["share"] is None:
        return None
    shade = 0 if not row["returned"] else 1 + min(SHADES - 1, int(row["share"] / top * (SHADES - 1)))
    about = scope.words(
        "retention.cell" if row["complete"] else "retention.open_cell",
        returned=format.count(row["returned"]),
        size=format.count(row["size"]),
    )
    return Cell(format.percent(row["share"]), f"shade-{shade}", about, row["complete"])


def curve_of(rows: Sequence[Row]) -> list[Row]:
    """One row an age: all cohorts for which that week or month is over, together."""
    ages: dict[int, list[Row]] = {}
    for row in rows:
        if row["complete"]:
            ages.setdefault(row["age"], []).append(row)
    return [
        {"age": age, **_together(cells)}
        for age, cells in sorted(ages.items())
        if any(c["size"] for c in cells)
    ]


def _together(cells: Sequence[Row]) -> dict[str, Any]:
    visitors, returned = (sum(cell[name] for cell in cells) for name in ("size", "returned"))
    return {"visitors": visitors, "returned": returned, "share": returned / visitors}


def _named(tables: Tables, scope: Scope) -> list[Row]:
    step = scope.words(f"retention.step_{_grain(scope)}")
    return [{**row, "label": f"{step} {row['age']}"} for row in curve_of(tables[COHORTS].rows)]


def curve(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"grid": Grid(columns=CURVE, rows=_named(tables, scope), empty="retention.too_young")}


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = _named(tables, scope)
    if len(rows) < 2:
        return None
    series = [charts.Series("share", scope.words("retention.share"))]
    return charts.lines(rows, series, x="label", kind="percent", about="retention.about_curve")


PAGE = Page(
    slug="retention",
    order=60,
    tabs=TABS,
    panels=(
        Panel(name="triangle", queries=(COHORTS,), view=triangle),
        Panel(name="curve", queries=(COHORTS,), view=curve, draw=draw),
    ),
)
