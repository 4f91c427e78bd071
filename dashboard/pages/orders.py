"""Every order, and for one of them: why this credit?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from dashboard import format
from dashboard.filters import PAGE_SIZE, changed
from dashboard.order_facts import findings, state
from dashboard.page import Column, Detail, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

WHY: Final = "attribution/rees46_why"
NONE: Final = "–"
WHOLE: Final = -1
"""The line of a preset whose unit is the whole order."""
LIST = (
    Column(name="order_key", kind="code", title="orders.order", href="order_link", sortable=False),
    Column(name="placed_at", kind="time", title="orders.placed_at", sortable=False),
    Column(name="revenue", kind="money", sortable=False),
    Column(name="net", kind="money", title="orders.net", sortable=False),
    Column(name="lines", kind="count", title="orders.lines", sortable=False),
    Column(
        name="attributed",
        kind="percent",
        title="orders.attributed",
        absent="orders.not_attributable",
        bar="attributed",
        sortable=False,
    ),
    Column(name="tools", title="orders.tools", sortable=False),
    Column(name="state", title="orders.state", absent="orders.no_status", sortable=False),
    Column(name="versions", kind="count", title="orders.versions", sortable=False),
    Column(
        name="visitor_id",
        kind="code",
        title="orders.visitor",
        href="visitor_link",
        absent="orders.no_visitor",
        sortable=False,
    ),
)
OWN = Column(name="own", title="orders.own", sortable=False)
LINES = (
    Column(name="item_id", kind="code", chip="product"),
    Column(name="item_name", absent="orders.no_name"),
    Column(name="quantity", kind="number", title="orders.quantity"),
    Column(name="price", kind="money", title="orders.price", absent="orders.no_price"),
    Column(name="amount", kind="money", title="orders.amount", absent="orders.no_price"),
    Column(name="revenue", kind="money"),
    Column(name="kept", kind="number", title="orders.kept"),
    Column(name="net", kind="money", title="orders.net"),
    Column(name="recommended_by", kind="code", title="orders.tool", chip="tool"),
    Column(name="recommended_code", kind="code", title="columns.code"),
    Column(name="touched_at", kind="time", title="orders.touched_at", absent="orders.no_tool"),
    Column(name="sentence", title="orders.why"),
)
RELATED = (
    Column(name="order_key", kind="code", title="orders.order", href="order_link"),
    Column(name="placed_at", kind="time", title="orders.placed_at"),
    Column(name="revenue", kind="money"),
    Column(name="lines", kind="count", title="orders.lines"),
    Column(name="where", title="orders.session"),
)
TOUCHES = (
    Column(name="occurred_at", kind="time", title="orders.when"),
    Column(name="decision", title="orders.decision"),
    Column(name="recommended_by", kind="code", title="orders.tool", chip="tool"),
    Column(name="recommended_code", kind="code", title="columns.code"),
    Column(name="kind", title="orders.kind", words="touches"),
    Column(name="for_line", title="orders.for_line"),
    Column(name="sentence", title="orders.why"),
)
VERSIONS = (
    Column(name="received_at", kind="time"),
    Column(name="state", title="orders.version"),
    Column(name="event", words="events"),
    Column(name="surface", kind="code", title="orders.surface"),
    Column(name="value", kind="money", title="orders.value", absent="orders.no_total"),
    Column(name="shipping", kind="money", title="orders.shipping"),
    Column(name="order_status", title="orders.state", absent="orders.no_status"),
    Column(name="contents", title="orders.contents", absent="orders.no_items"),
)


def orders(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_listed(row, scope) for row in tables["orders/list"].rows]
    page, found = scope.filters.page, rows[0]["found"] if rows else 0
    return {
        "grid": Grid(columns=_columns(scope), rows=rows, empty="orders.none"),
        "found": found,
        "newer": scope.here(page=page - 1) if page > 1 else "",
        "older": scope.here(page=page + 1) if page * PAGE_SIZE < found else "",
        "hidden": parse_qsl(changed(scope.carried, find="", page=1).query()),
    }


def _columns(scope: Scope) -> tuple[Column, ...]:
    """Where the page converts, the order's own amount stands beside it."""
    return (*LIST[:3], OWN, *LIST[3:]) if scope.filters.convert == "shop" else LIST


def _listed(row: Row, scope: Scope) -> dict[str, Any]:
    return {
        **row,
        "tools": row["tools"] or NONE,
        "state": state(row, scope),
        "own": format.money(row["own"], row["own_currency"])
        if row["own_currency"] != scope.currency
        else NONE,
        "order_link": scope.detail("orders", row["order_key"]),
        "visitor_link": scope.here(find=row["visitor_id"]) if row["visitor_id"] else "",
    }


def facts(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["orders/facts"].rows
    if not rows:
        return {"row": None, "findings": ()}
    row = rows[0]
    rate = "" if row["rate"] is None else f"{row['rate'].normalize():f}"
    return {"row": {**row, "state": state(row, scope), "rate": rate}, "findings": findings(row, scope)}


def related(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {
            **row,
            "order_link": scope.detail("orders", row["order_key"]),
            "where": scope.words("orders.same_session" if row["same_session"] else "orders.other_session"),
        }
        for row in tables["orders/related"].rows
    ]
    return {"grid": Grid(columns=RELATED, rows=rows, empty="orders.none_beside")}


def lines(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {
            **row,
            "recommended_by": row["recommended_by"] or NONE,
            "recommended_code": row["recommended_code"] or NONE,
            "sentence": sentence(row, scope),
        }
        for row in tables["orders/lines"].rows
    ]
    return {"grid": Grid(columns=LINES, rows=rows, empty="orders.lineless")}


def why(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The timeline, storefront tools and messages apart: their credits are never added."""
    rows = [_told(row, scope) for row in tables[WHY].rows]
    storefront = [row for row in rows if row["family"] == "storefront"]
    messages = [row for row in rows if row["family"] == "message"]
    return {
        "storefront": Grid(columns=TOUCHES, rows=storefront, empty="orders.no_touches"),
        "messages": Grid(columns=TOUCHES, rows=messages, empty="orders.no_messages"),
    }


def _told(row: Row, scope: Scope) -> Row:
    decision = "message" if row["reason"] == "message_credited" else "kept" if row["kept"] else "rejected"
    return {
        **row,
        "decision": scope.words(f"orders.decision_{decision}"),
        "recommended_code": row["recommended_code"] or NONE,
        "for_line": _for(row, scope),
        "sentence": sentence(row, scope),
    }


def _for(row: Row, scope: Scope) -> str:
    if row["line"] == WHOLE:
        return scope.words("orders.whole_order")
    if row["line"] is not None:
        return scope.words("orders.line", number=row["line"] + 1, item=row["item_id"])
    return scope.words("orders.whole_order" if row["family"] == "message" else "orders.other_items")


def sentence(row: Row, scope: Scope) -> str:
    """The rule that decided, in words; facts that a reason does not need are left out by its text."""
    decided = row.get("decided_at")
    return scope.words(
        f"why.{row['reason']}",
        at=format.moment(decided, scope.zone) if decided else "",
        by=row.get("decided_by") or "",
        touches=format.count(row.get("touches") or 1),
    )


def versions(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {
            **row,
            "state": scope.words(f"orders.role_{row['role']}"),
            "contents": contents(row["items"]),
        }
        for row in tables["orders/versions"].rows
    ]
    return {"grid": Grid(columns=VERSIONS, rows=rows)}


def contents(items: str | None) -> str | None:
    """Items as sent, in short: `2 × 37, 1 × 56`."""
    listed = json.loads(items) if items else []
    known = [item for item in listed if isinstance(item, dict) and item.get("item_id") is not None]
    return ", ".join(f"{item.get('quantity') or 1} × {item['item_id']}" for item in known) or None


def found(tables: Tables) -> bool:
    return bool(tables["orders/facts"].rows)


PAGE = Page(
    slug="orders",
    order=40,
    tabs=("all", "credited", "unattributed"),
    panels=(Panel(name="list", queries=("orders/list",), view=orders),),
    detail=Detail(
        panels=(
            Panel(name="facts", queries=("orders/facts",), view=facts),
            Panel(name="lines", queries=("orders/lines",), view=lines),
            Panel(name="why", queries=(WHY,), view=why),
            Panel(name="related", queries=("orders/related",), view=related),
            Panel(name="versions", queries=("orders/versions",), view=versions),
        ),
        found=found,
    ),
)
