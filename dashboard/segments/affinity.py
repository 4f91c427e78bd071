"""The tab of affinity: which categories and brands loyal visitors buy again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard import charts
from dashboard.filters import PAGE_SIZE
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

PAIRS: Final = "segments/affinity"
VISITORS: Final = "segments/affinity_visitors"
DRAWN: Final = 12
UNKNOWN: Final = "segments.never_told"
TABLE = (
    Column(name="item_category", title="segments.category", absent=UNKNOWN, chip="category"),
    Column(name="item_brand", title="segments.brand", absent=UNKNOWN, chip="brand"),
    Column(name="visitors", kind="count", bar="share"),
    Column(name="share", kind="percent", title="segments.share_loyal"),
    Column(name="strength", kind="percent", title="segments.strength"),
    Column(name="orders", kind="count"),
)
LISTED = (
    Column(name="visitor_id", kind="code", title="segments.visitor", href="orders_link", sortable=False),
    Column(name="item_category", title="segments.category", absent=UNKNOWN, chip="category", sortable=False),
    Column(name="item_brand", title="segments.brand", absent=UNKNOWN, chip="brand", sortable=False),
    Column(name="orders", kind="count", sortable=False),
    Column(name="of_orders", kind="count", title="segments.of_orders", sortable=False),
    Column(name="strength", kind="percent", title="segments.strength", sortable=False),
)


def pairs(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = scope.sorted("pairs", tables[PAIRS].rows)
    return {"grid": Grid(columns=TABLE, rows=rows, name="pairs", empty="segments.no_affinity")}


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = [{**row, "label": _label(row, scope)} for row in tables[PAIRS].rows[:DRAWN]]
    if not rows:
        return None
    return charts.bars(rows, label="label", value="visitors", kind="count", about="segments.about_affinity")


def _label(row: Row, scope: Scope) -> str:
    unknown = scope.words("segments.unknown")
    return f"{row['item_category'] or unknown} × {row['item_brand'] or unknown}"


def visitors(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {**row, "orders_link": scope.url("orders", find=row["visitor_id"])} for row in tables[VISITORS].rows
    ]
    page, found = scope.filters.page, rows[0]["found"] if rows else 0
    return {
        "grid": Grid(columns=LISTED, rows=rows, empty="segments.no_affinity"),
        "nearer": scope.here(page=page - 1) if page > 1 else "",
        "further": scope.here(page=page + 1) if page * PAGE_SIZE < found else "",
    }
