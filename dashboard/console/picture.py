"""The chart of an answer: which column is across, which is up, and whether lines or bars are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from dashboard import charts
from dashboard.charts import Chart, Series
from dashboard.page import Table
from dashboard.scope import Scope

Drawn = Literal["lines", "bars", "none"]
DRAWN: Final[tuple[Drawn, ...]] = ("lines", "bars", "none")
MOST_BARS: Final = 40
MOST_POINTS: Final = 1_000
_NUMBERS: Final = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT")
_TIMES: Final = ("DATE", "TIMESTAMP")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn; `x` and `y` are columns of the answer."""

    drawn: Drawn
    x: str
    y: str


def numbers(table: Table) -> Sequence[str]:
    """Columns that can stand up."""
    found = zip(table.columns, table.types, strict=True)
    return [name for name, kind in found if any(part in kind for part in _NUMBERS) and "[" not in kind]


def picture(table: Table, scope: Scope) -> Picture | None:
    """As the address has it, else the first number over the first time, or beside the first text.

    None where the answer has no number, or nothing to put it over.
    """
    ups, filters = numbers(table), scope.filters
    across = [name for name in table.columns if name not in ups] or list(table.columns)
    y = filters.y if filters.y in ups else next(iter(ups), "")
    x = filters.x if filters.x in table.columns else next((name for name in across if name != y), "")
    if not x or not y or not table.rows:
        return None
    kinds = dict(zip(table.columns, table.types, strict=True))
    usual: Drawn = "bars" if not kinds[x].startswith(_TIMES) and x not in ups else "lines"
    return Picture(filters.drawn if filters.drawn in DRAWN else usual, x, y)


def draw(table: Table, scope: Scope) -> Chart | None:
    """The chart, or None where nothing is drawn."""
    told = picture(table, scope)
    if told is None or told.drawn == "none":
        return None
    rows = [row for row in table.rows if row[told.x] is not None]
    if told.drawn == "bars":
        return charts.bars(
            [_labelled(row, told) for row in rows[:MOST_BARS]],
            label="label",
            value="value",
            kind="number",
            about="sql.about_chart",
        )
    series = (Series("value", told.y),)
    lines = [{"at": row[told.x], "value": row[told.y]} for row in rows[:MOST_POINTS]]
    drawn = charts.lines(lines, series, x="at", kind="number", about="sql.about_chart")
    return replace(drawn, spans=None)  # notes belong to days of the shop, not to whatever stands here


def _labelled(row: Mapping[str, Any], told: Picture) -> Mapping[str, Any]:
    return {"label": str(row[told.x]), "value": row[told.y]}
