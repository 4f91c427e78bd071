"""What would each model make of the same touches? In all, and tool by tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard import format
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

TAB: Final = "models"
MODELS: Final = "claims/models"
TOOLS: Final = "claims/tools"
COMPARED: Final = ("last", "first", "linear", "time_decay", "position")
OTHER_WINNER: Final = "claims.other_winner"
CURRENCY: Final = Column(name="currency", title="recommendations.currency")
TOTALS: Final = (
    Column(name="attributed", kind="money", title="claims.attributed"),
    Column(name="orders", kind="count", title="claims.orders"),
    Column(name="share", kind="percent", absent="absent.no_revenue"),
    Column(name="moved", kind="money", title="claims.moved", absent=OTHER_WINNER),
    Column(
        name="moved_share", kind="percent", title="claims.moved_share", absent=OTHER_WINNER, bar="moved_share"
    ),
)
EARNED: Final = tuple(
    Column(name=f"{model}_earned", kind="money", title=f"presets.model_{model}") for model in COMPARED
)


def models(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a model, in every currency that orders have."""
    rows = [_told(row, scope) for row in tables[MODELS].rows]
    mixed = len({row["currency"] for row in rows}) > 1
    name = Column(name="name", title="presets.model", href="link")
    columns = (name, *((CURRENCY,) if mixed else ()), *TOTALS)
    counted = next((row["all_orders"] for row in rows), 0)
    return {
        "grid": Grid(columns=columns, rows=scope.sorted("models", rows), name="models", empty="claims.none"),
        "orders": scope.words("claims.models_of", orders=format.count(counted)) if rows and not mixed else "",
        "any": bool(rows),
    }


def _told(row: Row, scope: Scope) -> Row:
    """The row with the model's name, and the way to Recommendations under it."""
    name = scope.words(f"presets.model_{row['model']}")
    return {
        **row,
        "name": scope.words("claims.usual_model", name=name) if row["usual"] else name,
        "link": scope.url("recommendations", model=row["model"]),
    }


def tools(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a tool, then what is left, and the revenue that they sum to."""
    rows = [_part(row, scope) for row in tables[TOOLS].rows]
    mixed = len({row["currency"] for row in rows}) > 1
    name = Column(
        name="name",
        kind="code",
        title="recommendations.tool",
        href="link",
        chip="tool",
        chip_value="tool",
        sortable=False,
    )
    columns = (name, *((CURRENCY,) if mixed else ()), *EARNED)
    return {"grid": Grid(columns=columns, rows=rows, empty="claims.none")}


def _part(row: Row, scope: Scope) -> Row:
    """A tool leads to its codes; every other part has a name of its own."""
    if row["part"] != "tool":
        return {**row, "name": scope.words(f"claims.part_{row['part']}"), "link": "", "tool": None}
    tool = row["recommended_by"]
    return {**row, "name": tool, "tool": tool, "link": scope.url("recommendations", tool=tool, tab="codes")}
