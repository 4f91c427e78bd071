"""Small worlds for attribution: what happened, how it gets into the tables, and what follows from it.

`oracle` reads the rules of the REES46 preset (docs/attribution.md) in plain Python, line
by line and touch by touch, and shares nothing with the queries.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from dashboard import queries


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A moment as the store keeps it: UTC without saying so."""
    return datetime(year, month, day, hour, tzinfo=UTC).replace(tzinfo=None)


SCHEMA = Path(__file__).parents[2] / "collector/store/schema"
NOON = utc(2026, 3, 10, 12)
SHOP = "shop-1"
MESSAGE_TOOLS = {
    *("bulk", "chain", "transactional", "web_push_digest"),
    *("trigger_mail", "digest_mail", "r46_returner", "web_push_trigger"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """`at` counts minutes after NOON, here and everywhere."""

    id: str
    at: float
    visitor: str = "ann"
    session: str | None = "s1"
    item: str | None = "kettle"
    kind: str = "click"
    by: str = "dynamic"
    code: str | None = "blk-1"
    family: str = "storefront"
    bot: bool = False
    shop: str = SHOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    item: str = "kettle"
    revenue: str = "10.00"
    by: str | None = None
    code: str | None = None
    group: str | None = None
    variant: str | None = None
    back: str = "0"  # of its revenue, what was given back
    beside: str = "0"  # its part of shipping and tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    key: str = "o1"
    at: float = 30
    visitor: str | None = "ann"
    session: str | None = "s1"
    lines: tuple[Line, ...] = (Line(),)
    currency: str = "EUR"
    lump: str = "0"  # revenue of an order that names no line
    bot: bool = False
    cancelled: bool = False
    shop: str = SHOP

    @property
    def revenue(self) -> Decimal:
        return sum((Decimal(line.revenue) for line in self.lines), Decimal(self.lump))

    @property
    def undone(self) -> Decimal:
        """Of the revenue, what a cancellation or a return took back."""
        return (
            self.revenue if self.cancelled else sum((Decimal(line.back) for line in self.lines), Decimal(0))
        )

    @property
    def extra(self) -> Decimal:
        """Shipping and tax."""
        return sum((Decimal(line.beside) for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """`item` None empties the whole cart."""

    at: float
    visitor: str = "ann"
    item: str | None = "kettle"
    shop: str = SHOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """An item put into the cart, with or without help."""

    at: float
    visitor: str = "ann"
    session: str = "s1"
    item: str = "kettle"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    touches: tuple[Touch, ...] = ()
    orders: tuple[Order, ...] = (Order(),)
    removals: tuple[Removal, ...] = ()
    adds: tuple[Add, ...] = field(default=())


def moment(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def connect() -> duckdb.DuckDBPyConnection:
    """An empty store in memory."""
    db = duckdb.connect(":memory:", config={"threads": 1})
    for file in sorted(SCHEMA.glob("*.sql")):
        db.execute(file.read_text())
    return db


def fill(db: duckdb.DuckDBPyConnection, world: World) -> None:
    """Make the tables hold this world and nothing else."""
    for table in ("touches", "orders", "order_lines", "cart_removals", "items", "order_versions", "sessions"):
        db.execute(f"delete from {table}")
    insert(db, "touches", [_touch(n, touch) for n, touch in enumerate(world.touches)])
    insert(db, "orders", [_order(n, order) for n, order in enumerate(world.orders)])
    insert(db, "order_lines", [row for order in world.orders for row in _lines(order)])
    insert(db, "cart_removals", [_removal(n, removal) for n, removal in enumerate(world.removals)])
    insert(db, "sessions", _sessions(world))
    insert(db, "items", [_add(n, add) for n, add in enumerate(world.adds)])


PLAIN: Mapping[str, Any] = {
    "BOOLEAN": False,
    "INTEGER": 1,
    "BIGINT": 1,
    "UBIGINT": 1,
    "VARCHAR": "-",
    "UUID": UUID(int=0),
    "TIMESTAMP": NOON,
    "DECIMAL(18,4)": Decimal(0),
}
"""What a column holds that may not be null and that attribution does not ask for."""


def insert(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of one shape; a parameter is a whole column, which is much faster than a cell."""
    if not rows:
        return
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for name, kind in db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not is_nullable",
        [table],
    ).fetchall():
        columns.setdefault(name, [PLAIN[kind]] * len(rows))
    marks = ", ".join("unnest(?)" for _ in columns)
    db.execute(f"insert into {table} ({', '.join(columns)}) select {marks}", list(columns.values()))


def _uuid(kind: int, number: int) -> UUID:
    return UUID(int=(kind << 64) + number)


def _touch(number: int, touch: Touch) -> dict[str, Any]:
    return {
        "shop_id": touch.shop,
        "touch_id": touch.id,
        "event_id": _uuid(1, number),
        "ts": moment(touch.at),
        "visitor_id": touch.visitor,
        "session_key": touch.session,
        "kind": touch.kind,
        "family": touch.family,
        "item_id": touch.item,
        "recommended_by": touch.by,
        "recommended_code": touch.code,
        "bot": touch.bot,
    }


def _order(number: int, order: Order) -> dict[str, Any]:
    return {
        "shop_id": order.shop,
        "order_key": order.key,
        "transaction_id": order.key,
        "placed_at": moment(order.at),
        "updated_at": moment(order.at),
        "vendor": "rees46",
        "visitor_id": order.visitor,
        "session_key": order.session,
        "revenue": order.revenue,
        "value": order.revenue,
        "lines_total": order.revenue,
        "currency": order.currency,
        "lines": len(order.lines),
        "units": len(order.lines),
        "versions": 1,
        "computed": False,
        "cancelled": order.cancelled,
        "undone": order.undone,
        "extra": order.extra,
        "event_id": _uuid(2, number),
        "bot": order.bot,
    }


def _lines(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": order.shop,
            "order_key": order.key,
            "line": number,
            "placed_at": moment(order.at),
            "visitor_id": order.visitor,
            "session_key": order.session,
            "item_id": line.item,
            "item_group_id": line.group,
            "item_variant": line.variant,
            "quantity": 1,
            "price": Decimal(line.revenue),
            "revenue": Decimal(line.revenue),
            "undone": Decimal(line.revenue if order.cancelled else line.back),
            "extra": Decimal(line.beside),
            "currency": order.currency,
            "recommended_by": line.by,
            "recommended_code": line.code,
            "bot": order.bot,
        }
        for number, line in enumerate(order.lines)
    ]


def _removal(number: int, removal: Removal) -> dict[str, Any]:
    return {
        "shop_id": removal.shop,
        "visitor_id": removal.visitor,
        "ts": moment(removal.at),
        "event_id": _uuid(3, number),
        "item_id": removal.item,
    }


def _add(number: int, add: Add) -> dict[str, Any]:
    return {
        "shop_id": SHOP,
        "ts": moment(add.at),
        "event_id": _uuid(4, number),
        "event": "add_to_cart",
        "line": 0,
        "visitor_id": add.visitor,
        "session_key": add.session,
        "bot": False,
        "item_id": add.item,
    }


def _sessions(world: World) -> list[dict[str, Any]]:
    """A session spans what is known of it."""
    moments: dict[str, list[float]] = {}
    whose: dict[str, str] = {}
    known: list[Touch | Order | Add] = [*world.touches, *world.orders, *world.adds]
    for one in known:
        if one.session and one.visitor:
            moments.setdefault(one.session, []).append(one.at)
            whose[one.session] = one.visitor
    return [
        {
            "shop_id": SHOP,
            "session_key": session,
            "visitor_id": whose[session],
            "started_at": moment(min(times)),
            "ended_at": moment(max(times)),
            "bot": False,
        }
        for session, times in moments.items()
    ]


PARAMS: Mapping[str, Any] = {
    "shop": SHOP,
    "start": utc(2026, 3, 1),
    "until": utc(2026, 4, 1),
    "prev_start": None,
    "prev_until": None,
    "now": utc(2026, 4, 2),
    "shift_days": 28,
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "grain": "day",
    "preset": "rees46",
    "model": "last",
    "own_presets": [],
    "effects": [],
    "gap_s": 7200,
    "tab": "",
    "tool": None,
    "code": None,
    "find": None,
    "page_size": 100,
    "page_offset": 0,
    "id": None,
}


def ask(db: duckdb.DuckDBPyConnection, name: str, **changes: Any) -> list[dict[str, Any]]:
    """Rows of a query by name, with its own parameters only."""
    query = queries.load(name)
    params = {**PARAMS, **changes}
    used = set(re.findall(r"\$(\w+)", query.sql))
    assert used == set(query.params), name
    result = db.execute(query.sql, {key: params[key] for key in query.params})
    columns = [column[0] for column in result.description]
    assert tuple(columns) == query.columns, name
    rows = result.fetchall()
    if queries.is_plain(params) and query.plain != query.sql:
        plainly = db.execute(query.plain, queries.fitting(query.plain, params)).fetchall()
        assert sorted(map(str, plainly)) == sorted(map(str, rows)), name
    return [dict(zip(columns, row, strict=True)) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What one line earns whom. `touch` is "" for a line that nothing helped."""

    order: str
    line: int
    touch: str
    by: str
    code: str
    revenue: Decimal


def credits(db: duckdb.DuckDBPyConnection, **changes: Any) -> list[Credit]:
    """The queries' answer, one per line, in order. Fails where a line has two winners."""
    rows = ask(db, "attribution/credits", **changes)
    found = [
        Credit(
            order=row["order_key"],
            line=row["line"],
            touch=row["touch_id"] or "",
            by=row["recommended_by"] or "",
            code=row["recommended_code"] or "",
            revenue=row["revenue"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda credit: (credit.order, credit.line))


def oracle(world: World) -> list[Credit]:
    """What the rules say, for every line of every order that is no bot's."""
    found = [
        _credit(world, order, number)
        for order in world.orders
        if order.shop == SHOP and not order.bot
        for number in range(len(order.lines))
    ]
    return sorted(found, key=lambda credit: (credit.order, credit.line))


def oracle_of(worlds: Sequence[World]) -> list[Credit]:
    """The rules over worlds that share nothing, each by itself."""
    found = [credit for world in worlds for credit in oracle(world)]
    return sorted(found, key=lambda credit: (credit.order, credit.line))


def _credit(world: World, order: Order, number: int) -> Credit:
    line = order.lines[number]
    counting = [touch for touch in world.touches if counts(world, order, line, touch)]
    touch, by, code = "", "", ""
    if counting:
        last = counting[0]
        for rival in counting[1:]:
            if rival.at > last.at or (rival.at == last.at and rival.id > last.id):
                last = rival
        touch, by, code = last.id, last.by, last.code or ""
    elif line.by and order.visitor and line.by not in MESSAGE_TOOLS:
        touch, by, code = f"purchase:{order.key}:{number}", line.by, line.code or ""
    return Credit(order=order.key, line=number, touch=touch, by=by, code=code, revenue=Decimal(line.revenue))


def counts(world: World, order: Order, line: Line, touch: Touch) -> bool:
    """Whether the touch is eligible for the line."""
    return all(rule(world, order, line, touch) for rule in RULES.values())


def _removed(world: World, order: Order, line: Line, touch: Touch) -> bool:
    return any(
        removal.shop == order.shop
        and removal.visitor == order.visitor
        and removal.item in (None, line.item)
        and touch.at < removal.at < order.at
        for removal in world.removals
    )


def _used_up(world: World, order: Order, line: Line, touch: Touch) -> bool:
    return any(
        other.shop == order.shop
        and other.visitor == order.visitor
        and not other.bot
        and any(bought.item == line.item for bought in other.lines)
        and touch.at <= other.at < order.at - 5
        for other in world.orders
    )


Rule = Callable[[World, Order, Line, Touch], bool]
RULES: dict[str, Rule] = {
    "shop": lambda world, order, line, touch: touch.shop == order.shop,
    "visitor": lambda world, order, line, touch: touch.visitor == order.visitor,
    "session": lambda world, order, line, touch: touch.session == order.session,
    "item": lambda world, order, line, touch: touch.item == line.item,
    "time": lambda world, order, line, touch: touch.at <= order.at,
    "kind": lambda world, order, line, touch: touch.kind in {"click", "add"},
    "family": lambda world, order, line, touch: touch.family == "storefront",
    "bot": lambda world, order, line, touch: not touch.bot,
    "removed": lambda world, order, line, touch: not _removed(world, order, line, touch),
    "used up": lambda world, order, line, touch: not _used_up(world, order, line, touch),
}
"""Every condition of the preset, one a row: a touch counts when all hold."""


def dense(seed: int, number: int) -> World:
    """A world in which the rules meet often. Its visitors and orders are its own."""
    roll = random.Random(f"{seed}/{number}")
    pick = roll.choice
    minutes = [0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 15, 16, 20]
    visitors = [f"ann-{number}"] * 8 + [f"bob-{number}"]
    sessions, items = [f"s1-{number}"] * 7 + [f"s2-{number}"], ["kettle"] * 4 + ["lid"]
    shops, rarely = [SHOP] * 14 + ["shop-2"], [False] * 14 + [True]
    codes = [None, "blk-1", "blk-2"]

    def touch(index: int) -> Touch:
        return Touch(
            id=f"{roll.getrandbits(32):08x}-{number}-{index}",
            at=pick(minutes),
            visitor=pick(visitors),
            session=pick(sessions),
            item=pick([*items, *items, None]),
            kind=pick(["click"] * 4 + ["add"] * 3 + ["impression", "message_click"]),
            by=pick(["dynamic", "listing", "full_search"]),
            code=pick(codes),
            family=pick(["storefront"] * 7 + ["message"]),
            bot=pick(rarely),
            shop=pick(shops),
        )

    def line() -> Line:
        money = pick(["0", "0.01", "9.99", "10.00", "33.3333", "1000000.0001"])
        return Line(
            item=pick(items),
            revenue=money,
            by=pick([None, None, "dynamic", "bulk", "stories"]),
            code=pick(codes),
        )

    def order(index: int) -> Order:
        lines = tuple(line() for _ in range(pick([0, 1, 1, 2, 3])))
        visitor = pick([*visitors, None])
        return Order(
            key=f"o{number}-{index}",
            at=pick(minutes),
            visitor=visitor,
            session=pick([*sessions, None]) if visitor else None,
            lines=lines,
            lump="0" if lines else pick(["0", "12.34"]),
            currency=pick(["EUR", "EUR", "USD"]),
            bot=pick(rarely),
            cancelled=pick(rarely),
            shop=pick(shops),
        )

    def removal() -> Removal:
        return Removal(at=pick(minutes), visitor=pick(visitors), item=pick([*items, None]), shop=pick(shops))

    return World(
        touches=tuple(touch(index) for index in range(roll.randint(1, 8))),
        orders=tuple(order(index) for index in range(roll.randint(1, 4))),
        removals=tuple(removal() for _ in range(pick([0, 0, 1, 2]))),
    )


def together(worlds: Sequence[World]) -> World:
    """Many worlds with visitors of their own as one."""
    return World(
        touches=tuple(touch for world in worlds for touch in world.touches),
        orders=tuple(order for world in worlds for order in world.orders),
        removals=tuple(removal for world in worlds for removal in world.removals),
    )
