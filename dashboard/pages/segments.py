"""Who buys recently, often and for much: the RFM cube and its named cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import charts, cube, format
from dashboard.filters import METHODS, MONTHS, PAGE_SIZE
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope

TOTALS: Final = "segments/totals"
CELLS: Final = "segments/cells"
STEPS: Final = "segments/steps"
MEMBERS: Final = "segments/members"
NOBODY: Final = "segments.nobody"
NAMED = (
    Column(name="name", title="segments.name", words="rfm", href="cell_link"),
    Column(name="visitors", kind="count", bar="share"),
    Column(name="share", kind="percent", title="segments.share_visitors"),
    Column(name="orders", kind="count"),
    Column(name="revenue", kind="money", bar="revenue_share"),
    Column(name="revenue_share", kind="percent", title="segments.share_revenue", absent="absent.no_revenue"),
    Column(name="order_value", kind="money", title="columns.aov", absent="absent.no_orders"),
    Column(name="days", kind="number", title="segments.mean_days"),
)
LADDER = (
    Column(name="step", kind="count", title="segments.step"),
    Column(name="r_visitors", kind="count", title="segments.r_visitors"),
    Column(name="days_from", kind="count", title="segments.days_from", absent=NOBODY),
    Column(name="days_to", kind="count", title="segments.to", absent=NOBODY),
    Column(name="f_visitors", kind="count", title="segments.f_visitors"),
    Column(name="orders_from", kind="count", title="segments.orders_from", absent=NOBODY),
    Column(name="orders_to", kind="count", title="segments.to", absent=NOBODY),
    Column(name="m_visitors", kind="count", title="segments.m_visitors"),
    Column(name="revenue_from", kind="money", title="segments.revenue_from", absent=NOBODY),
    Column(name="revenue_to", kind="money", title="segments.to", absent=NOBODY),
)
LISTED = (
    Column(name="visitor_id", kind="code", title="segments.visitor", href="orders_link", sortable=False),
    Column(name="name", title="segments.name", words="rfm", sortable=False),
    Column(name="steps", kind="code", title="segments.steps_of", href="cell_link", sortable=False),
    Column(name="days", kind="count", title="segments.days", sortable=False),
    Column(name="orders", kind="count", sortable=False),
    Column(name="revenue", kind="money", sortable=False),
    Column(name="last_at", kind="time", title="segments.last_at", sortable=False),
)


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables[TOTALS].one()
    cards = (
        _card("visitors", row["visitors"], note=_only_elsewhere(row, scope)),
        _card("orders", row["orders"]),
        _amount("revenue", row["revenue"], scope),
        _amount("returned", row["cancelled_revenue"] + row["returned"], scope, _given_back(row, scope)),
        _amount("net", row["net"], scope),
        _amount("order_value", row["order_value"], scope),
        _card(
            "coverage",
            row["attributable"] / row["orders"] if row["orders"] else None,
            kind="percent",
            absent="absent.no_orders",
        ),
    )
    return {"cards": cards, "window": _window(scope), "choices": _choices(scope)}


def _card(name: str, value: Any, *, kind: Kind = "count", **more: Any) -> Card:
    title, define = f"segments.card_{name}", f"segments.define_{name}"
    return Card(name=name, title=title, define=define, kind=kind, value=value, **more)


def _amount(name: str, value: Any, scope: Scope, note: str = "") -> Card:
    return _card(name, value, kind="money", currency=scope.currency, note=note, absent="absent.no_orders")


def _only_elsewhere(row: Row, scope: Scope) -> str:
    left = row["other_currency_only"]
    return scope.words("segments.other_currency", visitors=format.count(left)) if left else ""


def _given_back(row: Row, scope: Scope) -> str:
    if not row["refunds"] and not row["cancelled"]:
        return ""
    return scope.words(
        "segments.given_back", refunds=format.count(row["refunds"]), cancelled=format.count(row["cancelled"])
    )


def _window(scope: Scope) -> str:
    window = scope.window
    return scope.words(
        "segments.window",
        start=format.moment(window.start, scope.zone),
        until=format.moment(window.until, scope.zone),
    )


def _choices(scope: Scope) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Links to the other methods and windows; a cell of one method is none of the other."""
    return {
        "methods": [
            {
                "text": scope.words(f"segments.method_{method}"),
                "href": scope.here(method=method, cell=""),
                "chosen": method == scope.filters.method,
            }
            for method in METHODS
        ],
        "months": [
            {
                "text": scope.words("segments.months", months=months),
                "href": scope.here(months=months, cell=""),
                "chosen": months == scope.filters.months,
            }
            for months in sorted(MONTHS, key=int)
        ],
    }


def heat(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Recency down, frequency across: one table of five by five, shaded by visitors."""
    ladder = [
        {"r": row[0]["cell"][0], "cells": [_square(square, scope) for square in row]}
        for row in cube.heat(tables[CELLS].rows)
    ]
    return {"any": bool(tables[CELLS].rows), "frequencies": cube.WORST_FIRST, "rows": ladder}


def _square(square: Row, scope: Scope) -> Row:
    """An empty square is a true nought and leads nowhere."""
    cell, share = square["cell"], square["share"]
    return {
        **square,
        "href": _list_of(cell, scope) if square["visitors"] else "",
        "name": _word(square["name"], scope),
        "share": format.percent(share) if share else "",
        "chosen": scope.filters.cell == cell,
    }


def named(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = scope.sorted("named", _named(tables, scope))
    return {"grid": Grid(columns=NAMED, rows=rows, name="named", empty="segments.none")}


def draw_named(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = [{**row, "label": _word(row["name"], scope)} for row in _named(tables, scope)]
    if not rows:
        return None
    return charts.bars(
        rows,
        label="label",
        value="revenue",
        kind="money",
        currency=scope.currency,
        about="segments.about_named",
    )


def _named(tables: Tables, scope: Scope) -> list[Row]:
    return [{**row, "cell_link": _list_of(row["name"], scope)} for row in cube.named(tables[CELLS].rows)]


def ladder(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"grid": Grid(columns=LADDER, rows=tables[STEPS].rows, empty="segments.none")}


def members(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_listed(row, scope) for row in tables[MEMBERS].rows]
    page, found = scope.filters.page, rows[0]["found"] if rows else 0
    return {
        "grid": Grid(
            columns=LISTED, rows=rows, empty="segments.none_here" if scope.filters.cell else "segments.none"
        ),
        "found": found,
        "chosen": chosen(scope),
        "clear": scope.here(cell=""),
        "csv": scope.data("csv", MEMBERS) if rows else "",
        "nearer": scope.here(page=page - 1) if page > 1 else "",
        "further": scope.here(page=page + 1) if page * PAGE_SIZE < found else "",
    }


def _listed(row: Row, scope: Scope) -> Row:
    steps = f"{row['r']}{row['f']}{row['m']}"
    return {
        **row,
        "steps": steps,
        "cell_link": _list_of(steps, scope),
        "orders_link": scope.url("orders", find=row["visitor_id"], **_year(scope)),
    }


def _year(scope: Scope) -> Mapping[str, Any]:
    """The days of the window as a period: what a link to a visitor's orders must show."""
    first = scope.local(scope.window.start).date()
    return {"period": "custom", "since": first, "to": scope.last_day}


def chosen(scope: Scope) -> str:
    """The chosen cell in words; empty where none is."""
    cell = scope.filters.cell
    if not cell.isdigit():
        return _word(cell, scope)
    steps = " ".join(f"{axis}{step}" for axis, step in zip("RFM", cell, strict=False))
    return scope.words("segments.cell", steps=steps)


def _word(name: str, scope: Scope) -> str:
    """What a name of the table of names is called, itself where it has no words."""
    key = f"rfm.{name}"
    return scope.words(key) if scope.words.has(key) else name


def _list_of(cell: str, scope: Scope) -> str:
    """The link to the visitors of a cell."""
    return f"{scope.here(cell=cell)}#members"


PAGE = Page(
    slug="segments",
    order=55,
    tabs=("rfm",),
    panels=(
        Panel(name="totals", queries=(TOTALS,), view=totals),
        Panel(name="heat", queries=(CELLS,), view=heat),
        Panel(name="named", queries=(CELLS,), view=named, draw=draw_named),
        Panel(name="steps", queries=(STEPS,), view=ladder),
        Panel(name="members", queries=(MEMBERS,), view=members),
    ),
)
