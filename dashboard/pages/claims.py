"""What would each vendor's rule claim of the same orders?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard import charts, format
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

PRESETS: Final = "claims/presets"
LONGEST_IN_HOURS: Final = 48
CURRENCY = Column(name="currency", title="recommendations.currency")
CLAIMED = (
    Column(name="attributed", kind="money", title="claims.attributed"),
    Column(name="orders", kind="count", title="claims.orders"),
    Column(name="share", kind="percent", absent="absent.no_revenue", bar="share"),
    Column(name="delta", kind="money", title="claims.delta"),
    Column(name="delta_text", title="claims.delta_share", absent="claims.no_usual", sortable=False),
    Column(name="revenue", kind="money", title="claims.revenue"),
)
PARAMETERS = tuple(
    Column(name=f"{name}_text", title=f"claims.{name}", sortable=False)
    for name in ("unit", "kinds", "window", "winner", "match", "value", "reset")
)


def presets(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a preset, in every currency that orders have."""
    rows = [_told(row, scope) for row in tables[PRESETS].rows]
    mixed = len({row["currency"] for row in rows}) > 1
    name = Column(name="name", title="claims.preset", href="link")
    columns = (name, *((CURRENCY,) if mixed else ()), *CLAIMED, *PARAMETERS)
    counted = next((row["all_orders"] for row in rows), 0)
    return {
        "grid": Grid(
            columns=columns, rows=scope.sorted("presets", rows), name="presets", empty="claims.none"
        ),
        "orders": scope.words("claims.orders_of", orders=format.count(counted)) if rows and not mixed else "",
        "any": bool(rows),
    }


def _told(row: Row, scope: Scope) -> Row:
    """The row with its parameters in words, and the way to Recommendations under its rule."""
    words = scope.words
    change = row["delta_share"]
    return {
        **row,
        "name": words(f"presets.{row['preset']}"),
        "link": scope.url("recommendations", preset=row["preset"], model=row["winner"]),
        "delta_text": None if change is None else f"{'+' if change > 0 else ''}{format.percent(change)}",
        "window_text": window(row, scope),
        "match_text": words(
            "claims.match_message" if row["family"] == "message" else f"claims.match_{row['match']}"
        ),
        **{
            f"{name}_text": words(f"claims.{name}_{row[name]}")
            for name in ("unit", "kinds", "winner", "value", "reset")
        },
    }


def window(row: Row, scope: Scope) -> str:
    """How far back a touch may lie, in words."""
    hours = row["hours"]
    if row["span"] != "time":
        return scope.words(f"claims.window_{row['span']}", zone=scope.zone.key)
    if hours <= LONGEST_IN_HOURS:
        return scope.words("claims.window_hours", hours=hours)
    return scope.words("claims.window_days", days=hours // 24)


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """Bars in the shop's own currency."""
    rows = [_told(row, scope) for row in tables[PRESETS].rows if row["currency"] == scope.currency]
    if not any(row["attributed"] for row in rows):
        return None
    return charts.bars(rows, label="name", value="attributed", kind="money", currency=scope.currency)


PAGE = Page(
    slug="claims",
    order=35,
    panels=(Panel(name="presets", queries=(PRESETS,), view=presets, draw=draw),),
)
