"""Who are the visitors, and how do we know?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from dashboard.filters import PAGE_SIZE, changed
from dashboard.page import Card, Column, Detail, Grid, Page, Panel, Tables
from dashboard.scope import Scope

LIST = (
    Column(name="visitor_id", kind="code", title="visitors.visitor", href="visitor_link", sortable=False),
    Column(name="known_as", title="visitors.known_as", absent="visitors.nobody", sortable=False),
    Column(name="devices", kind="count", title="visitors.devices", sortable=False),
    Column(name="sessions", kind="count", sortable=False),
    Column(name="first_at", kind="time", title="visitors.first_at", sortable=False),
    Column(name="last_at", kind="time", title="visitors.last_at", sortable=False),
    Column(name="orders", kind="count", sortable=False),
    Column(name="revenue", kind="money", sortable=False),
)
IDENTIFIERS = (
    Column(name="kind", title="visitors.kind", words="identifiers", sortable=False),
    Column(name="value", kind="code", title="visitors.value", sortable=False),
    Column(name="first_at", kind="time", title="visitors.stated_at", sortable=False),
)
DEVICES = (
    Column(name="node", kind="code", title="visitors.device", sortable=False),
    Column(name="device_type", title="visitors.device_type", words="devices", sortable=False, chip="device"),
    Column(name="browser", title="visitors.browser", sortable=False, chip="browser"),
    Column(name="since", kind="time", title="visitors.since", sortable=False),
    Column(name="until", kind="time", title="visitors.until", sortable=False),
    Column(name="sessions", kind="count", sortable=False),
    Column(name="whose", kind="code", title="visitors.owner", href="owner_link", sortable=False),
)
SESSIONS = (
    Column(name="started_at", kind="time", title="visitors.began", sortable=False),
    Column(name="ended_at", kind="time", title="visitors.ended", sortable=False),
    Column(name="node", kind="code", title="visitors.device", sortable=False),
    Column(name="channel", title="visitors.channel", words="channels", sortable=False, chip="channel"),
    Column(name="landing_url", title="visitors.landing", sortable=False),
    Column(name="events", kind="count", title="visitors.events", sortable=False),
    Column(name="item_views", kind="count", title="visitors.views", sortable=False),
    Column(name="cart_adds", kind="count", title="visitors.adds", sortable=False),
    Column(name="searches", kind="count", title="visitors.searches", sortable=False),
    Column(name="purchases", kind="count", title="visitors.purchases", sortable=False),
)
ORDERS = (
    Column(name="order_key", kind="code", title="orders.order", href="order_link", sortable=False),
    Column(name="placed_at", kind="time", title="orders.placed_at", sortable=False),
    Column(name="revenue", kind="money", sortable=False),
    Column(name="lines", kind="count", title="orders.lines", sortable=False),
    Column(name="node", kind="code", title="visitors.device", sortable=False),
    Column(name="order_status", title="orders.state", absent="visitors.no_status", sortable=False),
)


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["visitors/totals"].one()
    cards = [
        Card(
            name=name,
            title=f"visitors.{name}",
            define=f"visitors.define_{name}",
            kind="count",
            value=row[name],
            better="",
        )
        for name in ("visitors", "identified", "several", "shared")
    ]
    return {"cards": cards}


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A page of visitors, and ways to the pages before and after it."""
    answer = tables["visitors/list"].rows
    rows = [{**row, "visitor_link": scope.detail("visitors", row["visitor_id"])} for row in answer]
    page, found = scope.filters.page, answer[0]["found"] if answer else 0
    hidden = changed(scope.carried, find="", page=1)
    return {
        "grid": Grid(columns=LIST, rows=rows),
        "found": found,
        "newer": scope.here(page=page - 1) if page > 1 else "",
        "older": scope.here(page=page + 1) if page * PAGE_SIZE < found else "",
        "hidden": parse_qsl(hidden.query()),
    }


def facts(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"row": tables["visitors/facts"].one()}


def identifiers(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["visitors/identifiers"].rows
    return {"grid": Grid(columns=IDENTIFIERS, rows=rows, empty="visitors.nothing_stated")}


def devices(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {
            **row,
            "whose": scope.words("visitors.this_one") if row["own"] else row["owner"],
            "owner_link": "" if row["own"] else scope.detail("visitors", row["owner"]),
        }
        for row in tables["visitors/devices"].rows
    ]
    return {"grid": Grid(columns=DEVICES, rows=rows)}


def sessions(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"grid": Grid(columns=SESSIONS, rows=tables["visitors/sessions"].rows)}


def orders(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {**row, "order_link": scope.detail("orders", row["order_key"])}
        for row in tables["visitors/orders"].rows
    ]
    return {"grid": Grid(columns=ORDERS, rows=rows, empty="visitors.no_orders")}


def found(tables: Tables) -> bool:
    return bool(tables["visitors/facts"].rows)


PAGE = Page(
    slug="visitors",
    shared=False,
    order=54,
    panels=(
        Panel(name="totals", queries=("visitors/totals",), view=totals, cards=4),
        Panel(name="list", queries=("visitors/list",), view=listed),
    ),
    detail=Detail(
        panels=(
            Panel(name="facts", queries=("visitors/facts",), view=facts),
            Panel(name="identifiers", queries=("visitors/identifiers",), view=identifiers),
            Panel(
                name="devices", title="visitors.devices_panel", queries=("visitors/devices",), view=devices
            ),
            Panel(name="orders", queries=("visitors/orders",), view=orders),
            Panel(name="sessions", queries=("visitors/sessions",), view=sessions),
        ),
        found=found,
    ),
)
