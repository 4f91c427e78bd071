"""Small worlds of shopping: what happened in sessions, and how it gets into the tables.

Nothing here decides a figure: the tests of a page read `Act`, `Sale` and `Touch` in plain Python.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

from collector.wire import Shop
from dashboard import queries
from dashboard.filters import parse
from dashboard.scope import scope_of
from tests.dashboard.attribution_world import insert
from tests.dashboard.shop_world import empty_store

SHOP = Shop(shop_id="shop-1", name="Kettles & Co", currency="EUR", timezone="Europe/Berlin")
NOW = datetime(2026, 3, 13, 12, tzinfo=UTC)
PERIOD = {"period": "custom", "since": "2026-03-10", "to": "2026-03-12"}
PARAMS = scope_of(SHOP, parse(PERIOD)[0], slug="x", now=NOW, shops=(SHOP,)).params()
START, UNTIL, CLOCK = PARAMS["start"], PARAMS["until"], PARAMS["now"]
MOVES = {
    "add_to_cart": "add",
    "remove_from_cart": "remove",
    "cart_update": "snapshot",
    "purchase": "bought",
}


def after(minutes: float) -> datetime:
    """So many minutes after the period began, as the store keeps it."""
    moment: datetime = START + timedelta(minutes=minutes)
    return moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One item of an event; what is None was not sent."""

    item: str
    quantity: int | None = None
    price: Decimal | None = None
    currency: str | None = "EUR"
    name: str | None = None
    brand: str | None = None
    category: str | None = None
    stock: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An event. `at` counts minutes from the start of the period."""

    event: str
    at: float
    session: str | None = "s1"
    things: tuple[Thing, ...] = ()
    term: str | None = None
    found: bool | None = None
    whole: bool = False  # remove_from_cart of all of it
    bot: bool = False
    shop: str = SHOP.shop_id

    @property
    def ts(self) -> datetime:
        return after(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """An order of lines (item, quantity, revenue)."""

    key: str
    at: float
    session: str | None = "s1"
    lines: tuple[tuple[str, int, str], ...] = (("kettle", 1, "10.00"),)
    lump: str = "0"
    currency: str = "EUR"
    bot: bool = False
    shop: str = SHOP.shop_id

    @property
    def ts(self) -> datetime:
        return after(self.at)

    @property
    def revenue(self) -> Decimal:
        return sum((Decimal(amount) for _, _, amount in self.lines), Decimal(self.lump))


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A click of a tool on an item."""

    at: float
    item: str
    by: str = "full_search"
    code: str | None = "cup"
    session: str = "s1"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Acts in the order in which they were received. The visitor of session `s1.2` is `s1`."""

    acts: tuple[Act, ...] = ()
    sales: tuple[Sale, ...] = ()
    touches: tuple[Touch, ...] = ()


def visitor_of(session: str) -> str:
    return session.split(".", maxsplit=1)[0]


def store(world: World) -> duckdb.DuckDBPyConnection:
    """A store in memory that holds this world and nothing else."""
    db = empty_store()
    insert(db, "events", [_event(n, act) for n, act in enumerate(world.acts)])
    insert(db, "items", [row for n, act in enumerate(world.acts) for row in _items(n, act)])
    insert(db, "cart_moves", [row for n, act in enumerate(world.acts) for row in _moves(n, act)])
    insert(db, "sessions", _sessions(world))
    insert(db, "orders", [_order(sale) for sale in world.sales])
    insert(db, "order_lines", [row for sale in world.sales for row in _lines(sale)])
    insert(db, "touches", [_touch(n, touch) for n, touch in enumerate(world.touches)])
    return db


def ask(db: duckdb.DuckDBPyConnection, name: str, **changes: Any) -> list[dict[str, Any]]:
    """Rows of a query by name."""
    query = queries.load(name)
    params = {**PARAMS, **changes}
    result = db.execute(query.sql, {key: params[key] for key in query.params})
    return [dict(zip(query.columns, row, strict=True)) for row in result.fetchall()]


def counted(acts: Sequence[Act]) -> list[Act]:
    """What may be counted at all, whenever it happened."""
    return [act for act in acts if act.shop == SHOP.shop_id and not act.bot]


def within(ts: datetime) -> bool:
    return bool(START <= ts < UNTIL)


def _id(number: int) -> UUID:
    return UUID(int=number + 1)


def _event(number: int, act: Act) -> dict[str, Any]:
    return {
        "shop_id": act.shop,
        "ts": act.ts,
        "received_at": act.ts,
        "request_id": _id(number),
        "seq": 0,
        "event_id": _id(number),
        "event": act.event,
        "is_full": act.event == "cart_update",
        "items": json.dumps([_told(thing) for thing in act.things], separators=(",", ":"))
        if act.things
        else None,
        "search_term": act.term,
        "search_found": act.found,
        "visitor_id": visitor_of(act.session) if act.session else None,
        "session_key": act.session,
        "bot": act.bot,
    }


def _told(thing: Thing) -> dict[str, Any]:
    return {"item_id": thing.item, **({} if thing.stock is None else {"in_stock": thing.stock})}


def _items(number: int, act: Act) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": act.shop,
            "ts": act.ts,
            "event_id": _id(number),
            "event": act.event,
            "line": line,
            "session_key": act.session,
            "bot": act.bot,
            "item_id": thing.item,
            "item_name": thing.name,
            "item_brand": thing.brand,
            "item_category": thing.category,
            "price": thing.price,
            "quantity": thing.quantity,
            "currency": thing.currency,
        }
        for line, thing in enumerate(act.things)
    ]


def _moves(number: int, act: Act) -> list[dict[str, Any]]:
    """What the loader would write: a snapshot has a line of its own before its items."""
    if act.event not in MOVES or act.session is None:
        return []
    kind = "remove_all" if act.whole else MOVES[act.event]
    shared = {
        "shop_id": act.shop,
        "visitor_id": visitor_of(act.session),
        "ts": act.ts,
        "request_id": _id(number),
        "seq": 0,
        "event_id": _id(number),
        "kind": kind,
    }
    silent = kind in ("remove_all", "bought")
    rows = [
        {**shared, "line": line, "item_id": thing.item, "quantity": 0 if silent else thing.quantity or 1}
        for line, thing in enumerate(act.things)
    ]
    head = [{**shared, "line": -1, "item_id": None, "quantity": 0}] if kind == "snapshot" else []
    return [*head, *rows]


def _sessions(world: World) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, bool], list[datetime]] = {}
    for act in world.acts:
        if act.session:
            found.setdefault((act.shop, act.session, act.bot), []).append(act.ts)
    return [
        {
            "shop_id": shop,
            "session_key": session,
            "visitor_id": visitor_of(session),
            "started_at": min(times),
            "ended_at": max(times),
            "bot": bot,
        }
        for (shop, session, bot), times in found.items()
    ]


def _order(sale: Sale) -> dict[str, Any]:
    return {
        "shop_id": sale.shop,
        "order_key": sale.key,
        "placed_at": sale.ts,
        "updated_at": sale.ts,
        "visitor_id": visitor_of(sale.session) if sale.session else None,
        "session_key": sale.session,
        "revenue": sale.revenue,
        "currency": sale.currency,
        "lines": len(sale.lines),
        "bot": sale.bot,
    }


def _lines(sale: Sale) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": sale.shop,
            "order_key": sale.key,
            "line": number,
            "placed_at": sale.ts,
            "visitor_id": visitor_of(sale.session) if sale.session else None,
            "session_key": sale.session,
            "item_id": item,
            "quantity": quantity,
            "revenue": Decimal(amount),
            "currency": sale.currency,
            "bot": sale.bot,
        }
        for number, (item, quantity, amount) in enumerate(sale.lines)
    ]


def _touch(number: int, touch: Touch) -> dict[str, Any]:
    return {
        "shop_id": SHOP.shop_id,
        "touch_id": f"t{number}",
        "ts": after(touch.at),
        "visitor_id": visitor_of(touch.session),
        "session_key": touch.session,
        "kind": "click",
        "family": "storefront",
        "item_id": touch.item,
        "recommended_by": touch.by,
        "recommended_code": touch.code,
    }
