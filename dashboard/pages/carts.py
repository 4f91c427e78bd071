"""What is left in carts, and where do people stop?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard import charts
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope

TOTALS: Final = "carts/totals"
NO_PRICE: Final = "carts.no_price"
NO_CARTS: Final = "carts.no_carts"
NONE_ABANDONED: Final = "carts.none_abandoned"
NONE_LEFT: Final = "carts.none"
LAYERS: Final = (
    ("ordered", "series-2"),
    ("emptied", "series-other"),
    ("abandoned", "series-4"),
    ("open", "series-5"),
)
STEPS = (
    *(Column(name=name, kind="count", title=f"carts.{name}") for name, _ in LAYERS),
    Column(name="worth", kind="money", title="carts.worth", absent=NO_PRICE),
)
LAST = (
    Column(name="last_step", title="carts.last_step", words="cart_steps"),
    Column(name="carts", kind="count", title="carts.in_carts"),
    Column(name="share", kind="percent", bar="share"),
    Column(name="worth", kind="money", title="carts.worth", absent=NO_PRICE),
)
PRODUCTS = (
    Column(name="item_id", kind="code", href="link", chip="product"),
    Column(name="item_name", absent="carts.no_name"),
    Column(name="carts", kind="count", title="carts.in_carts"),
    Column(name="units", kind="number", title="carts.units"),
    Column(name="price", kind="money", title="carts.price", absent=NO_PRICE),
    Column(name="worth", kind="money", title="carts.worth", absent=NO_PRICE),
)


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables[TOTALS].one()
    worth = NO_PRICE if row["abandoned"] else NONE_ABANDONED
    return {
        "cards": (
            _card("carts", "count", row, better=""),
            _card("abandoned", "count", row, better="down"),
            _card("abandonment", "percent", row, better="down", absent=NO_CARTS),
            _card("worth", "money", row, better="down", absent=worth, currency=scope.currency),
            _card("average", "money", row, better="", absent=worth, currency=scope.currency),
            _card("came_back_share", "percent", row, absent=NONE_ABANDONED),
        ),
        "unvalued": row["abandoned"] - row["valued"],
        "open": row["open"],
        "emptied": row["emptied"],
    }


def _card(name: str, kind: Kind, row: Row, **more: Any) -> Card:
    title, define = f"carts.card_{name}", f"carts.define_{name}"
    return Card(name=name, title=title, define=define, kind=kind, value=row[name], **more)


def trend(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["carts/trend"].rows
    kind: Kind = "day" if scope.grain == "day" else "clock"
    step = Column(name="step", kind=kind, title=f"carts.step_{scope.grain}")
    return {"grid": Grid(columns=(step, *STEPS), rows=rows), "any": _any(rows)}


def _any(rows: Any) -> bool:
    return any(row[name] for row in rows for name, _ in LAYERS)


def draw_trend(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = tables["carts/trend"].rows
    series = [
        charts.Series(name, scope.words(f"carts.{name}"), role)
        for name, role in LAYERS
        if any(row[name] for row in rows)
    ]
    if not series:
        return None
    return charts.stacked(rows, series, x="step", kind="count", about="carts.about_trend")


def steps(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = scope.sorted("steps", tables["carts/last_steps"].rows)
    return {"grid": Grid(columns=LAST, rows=rows, name="steps", empty=NONE_LEFT)}


def products(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {**row, "link": scope.url("products", find=row["item_id"])} for row in tables["carts/products"].rows
    ]
    return {
        "grid": Grid(columns=PRODUCTS, rows=scope.sorted("products", rows), name="products", empty=NONE_LEFT)
    }


PAGE = Page(
    slug="carts",
    order=74,
    panels=(
        Panel(name="totals", queries=(TOTALS,), view=totals, cards=6),
        Panel(name="trend", queries=("carts/trend",), view=trend, draw=draw_trend),
        Panel(name="steps", queries=("carts/last_steps",), view=steps),
        Panel(name="products", queries=("carts/products",), view=products),
    ),
)
