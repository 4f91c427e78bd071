"""Which products, brands and categories are looked at, put into carts and bought?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from dashboard import charts, format
from dashboard.filters import changed
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope

LIST: Final = "products/list"
TOTALS: Final = "products/totals"
NO_STOCK: Final = "products.no_stock"
WHOLE_CARTS: Final = "products.whole_carts"
NO_VIEWS: Final = "products.no_views"
NO_CARTS: Final = "products.no_carts"
TOP: Final = 10

OF_TABS: Final = {"brands": "brand", "categories": "category"}
"""What a row of another tab than that of products keeps the visitors of."""


def _columns(tab: str, whole_carts: bool) -> tuple[Column, ...]:
    """Columns of a tab; why a rate is missing depends on how the shop tells its carts."""
    if tab == "products":
        named: tuple[Column, ...] = (
            Column(name="thing", kind="code", title="columns.item_id", chip="product"),
            Column(name="item_name", absent="products.no_name"),
        )
    else:
        title, absent = f"products.thing_{tab}", f"products.no_{tab}"
        named = (Column(name="thing", title=title, absent=absent, href="link", chip=OF_TABS[tab]),)
    return (
        *named,
        Column(name="views", kind="count"),
        Column(name="out_of_stock", kind="count", title="products.out_of_stock", absent=NO_STOCK),
        Column(name="adds", kind="count", absent=WHOLE_CARTS),
        Column(
            name="view_to_cart",
            kind="percent",
            title="products.view_to_cart",
            absent=WHOLE_CARTS if whole_carts else NO_VIEWS,
        ),
        Column(name="units", kind="number"),
        Column(name="cart_to_order", kind="percent", title="products.cart_to_order", absent=NO_CARTS),
        Column(name="revenue", kind="money"),
        Column(name="share", kind="percent", absent="absent.no_revenue"),
    )


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables[TOTALS].one()
    whole = _whole_carts(tables)
    return {
        "cards": (
            _card("views", "count", row),
            _card("out_of_stock", "count", row, absent=NO_STOCK, better="down"),
            _card("view_to_cart", "percent", row, absent=WHOLE_CARTS if whole else NO_VIEWS),
            _card("cart_to_order", "percent", row, absent=NO_CARTS),
            _card("units", "number", row),
            _card("revenue", "money", row, currency=scope.currency),
        ),
        "lineless": format.money(row["lineless"], scope.currency) if row["lineless"] else "",
    }


def _whole_carts(tables: Tables) -> bool:
    """Whether the shop tells carts only as a whole, so that adds are not known."""
    return tables[TOTALS].one()["adds"] is None


def _card(name: str, kind: Kind, row: Row, **more: Any) -> Card:
    title, define = f"products.card_{name}", f"products.define_{name}"
    return Card(name=name, title=title, define=define, kind=kind, value=row[name], **more)


def best(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    empty = "products.no_match" if scope.filters.find and not tables[LIST].rows else "products.none_sold"
    return {"any": bool(_best(tables)), "empty": empty}


def draw_best(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = _best(tables)
    if not rows:
        return None
    named = [{**row, "name": _name(row, scope)} for row in rows]
    return charts.bars(
        named,
        label="name",
        value="revenue",
        kind="money",
        currency=scope.currency,
        about=f"products.about_best_{scope.tab}",
    )


def _best(tables: Tables) -> list[Row]:
    """The rows of the list that earn most; it begins with them."""
    return [row for row in tables[LIST].rows[:TOP] if row["revenue"] > 0]


def _name(row: Row, scope: Scope) -> str:
    return str(row["item_name"] or row["thing"] or scope.words("products.unnamed"))


def things(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_linked(row, scope) for row in tables[LIST].rows]
    found = rows[0]["found"] if rows else 0
    rest = rows[0]["found_revenue"] - sum(row["revenue"] for row in rows) if rows else 0
    empty = "products.no_match" if scope.filters.find else "products.none"
    columns = _columns(scope.tab, _whole_carts(tables))
    return {
        "grid": Grid(columns=columns, rows=scope.sorted("things", rows), name="things", empty=empty),
        "found": found,
        "more": max(0, found - len(rows)),
        "rest": format.money(rest, scope.currency),
        "hidden": parse_qsl(changed(scope.carried, find="", page=1).query()),
    }


def _linked(row: Row, scope: Scope) -> dict[str, Any]:
    return {**row, "link": scope.here(find=row["thing"]) if row["thing"] else ""}


PAGE = Page(
    slug="products",
    order=72,
    tabs=("products", "brands", "categories"),
    panels=(
        Panel(name="totals", queries=(TOTALS,), view=totals, cards=6),
        Panel(name="best", queries=(LIST,), view=best, draw=draw_best),
        Panel(name="things", queries=(LIST, TOTALS), view=things),
    ),
)
