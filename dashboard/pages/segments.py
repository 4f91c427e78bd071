"""Who buys recently, often and for much; own segments; and what loyal visitors buy again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.wire import Shop
from dashboard import charts, cube, format
from dashboard.desk import ControlView
from dashboard.filters import PAGE_SIZE, Filters
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.segments import affinity, building, listing, window
from dashboard.segments.saved import as_text

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
        "here": scope.here(),
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


def facts(control: ControlView, shop: Shop, filters: Filters) -> Mapping[str, Any]:
    """The shop's saved segments and their sizes, for the questions about them."""
    book = control.segments
    return {"saved_segments": as_text(book.of(shop.shop_id), book.sizes(shop.shop_id))}


RFM: Final = ("rfm",)
PAGE = Page(
    slug="segments",
    shared=False,
    order=55,
    tabs=("rfm", "saved", "builder", "affinity"),
    before=listing.measure,
    facts=facts,
    acts={
        "add": building.add,
        "save": building.save,
        "save_cell": building.save_cell,
        "remove": building.remove,
    },
    panels=(
        Panel(name="totals", queries=(window.TOTALS,), view=window.totals, tabs=RFM),
        Panel(name="heat", queries=(CELLS,), view=heat, tabs=RFM),
        Panel(name="named", queries=(CELLS,), view=named, draw=draw_named, tabs=RFM),
        Panel(name="steps", queries=(STEPS,), view=ladder, tabs=RFM),
        Panel(name="members", queries=(MEMBERS,), view=members, tabs=RFM),
        Panel(name="saved", queries=(listing.SAVED, listing.SIZES), view=listing.saved, tabs=("saved",)),
        Panel(
            name="over_time",
            queries=(listing.SIZES,),
            view=listing.over_time,
            draw=listing.draw_over_time,
            tabs=("saved",),
        ),
        Panel(name="build", queries=(listing.CALLED,), view=building.build, tabs=("builder",)),
        Panel(name="people", queries=(listing.PEOPLE,), view=listing.people, tabs=("saved", "builder")),
        Panel(name="called", queries=(listing.CALLED,), view=listing.called, tabs=("saved",)),
        Panel(
            name="affinity",
            queries=(affinity.PAIRS,),
            view=affinity.pairs,
            draw=affinity.draw,
            tabs=("affinity",),
        ),
        Panel(name="affine", queries=(affinity.VISITORS,), view=affinity.visitors, tabs=("affinity",)),
    ),
)
