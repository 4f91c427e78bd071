"""Small worlds of sessions and orders, and who is credited with them in plain Python, one by one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from tests.dashboard.shop_world import NOTHING, SHOP, at

START, UNTIL = at("03-10 23:00"), at("03-17 23:00")
"""11 to 17 March on the shop's clock in Berlin."""
LONG = timedelta(days=30)
Source = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A row of `sessions`, as far as it matters here."""

    session_key: str
    visitor_id: str
    started_at: datetime
    channel: str | None = "direct"
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    landing_url: str | None = None
    referrer_host: str | None = None
    bot: bool = False
    shop_id: str = SHOP.shop_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A row of `orders`."""

    order_key: str
    placed_at: datetime
    session_key: str | None = None
    revenue: Decimal = Decimal(10)
    currency: str | None = "EUR"
    bot: bool = False
    shop_id: str = SHOP.shop_id


@dataclass(frozen=True, slots=True)
class World:
    visits: Sequence[Visit]
    sales: Sequence[Sale] = ()


def fill(db: duckdb.DuckDBPyConnection, world: World) -> None:
    """The world as the only content of the store; an order's visitor is that of its session."""
    whose = {visit.session_key: visit.visitor_id for visit in world.visits}
    sold = {sale.session_key for sale in world.sales}
    visits = [
        {**asdict(one), "ended_at": one.started_at, "purchases": int(one.session_key in sold)}
        for one in world.visits
    ]
    put(db, "sessions", visits)
    put(
        db, "orders", [{**asdict(one), "visitor_id": whose.get(one.session_key or "")} for one in world.sales]
    )


def put(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows as the only content of a table; what they leave out is null, or nothing of its type."""
    db.execute(f"delete from {table}")
    if not rows:
        return
    kinds = {
        name: (kind, nullable)
        for name, kind, nullable in db.execute(
            "select column_name, data_type, is_nullable from duckdb_columns() where table_name = ?", [table]
        ).fetchall()
    }
    empty = {name: NOTHING[kind.split("(")[0]] for name, (kind, nullable) in kinds.items() if not nullable}
    rows = [{**empty, **row} for row in rows]
    values = [[row[name] for row in rows] for name in rows[0]]
    columns = ", ".join(f'unnest(?::{kinds[name][0]}[]) as "{name}"' for name in rows[0])
    db.execute(f"insert into {table} by name select {columns}", values)


def source_of(visit: Visit, tab: str) -> Source:
    """What brought a session, in one dimension."""
    if tab == "campaigns":
        return visit.utm_source or "", visit.utm_medium or "", visit.utm_campaign or ""
    if tab == "referrers":
        return visit.referrer_host or "", "", ""
    if tab == "landing":
        address = (visit.landing_url or "").split("#")[0].split("?")[0]
        return address.partition("://")[2].rstrip("/"), "", ""
    return visit.channel or "", "", ""


def is_direct(visit: Visit) -> bool:
    return visit.channel in (None, "direct")


def last_of(visit: Visit, visits: Iterable[Visit], tab: str) -> Source:
    """The session's own source, or that of the latest one in 30 days that was not direct."""
    before = [
        other
        for other in visits
        if other.visitor_id == visit.visitor_id
        and not is_direct(other)
        and visit.started_at - LONG <= other.started_at < visit.started_at
    ]
    if not is_direct(visit) or not before:
        return source_of(visit, tab)
    latest = max(other.started_at for other in before)
    return max(source_of(other, tab) for other in before if other.started_at == latest)


def first_visit(visitor: str, visits: Iterable[Visit]) -> Visit:
    own = [visit for visit in visits if visit.visitor_id == visitor]
    return min(own, key=lambda visit: (visit.started_at, visit.session_key))


@dataclass(slots=True)
class Sums:
    """What one source brought."""

    sessions: int = 0
    visitors: int = 0
    new_visitors: int = 0
    converted: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Sums:
        return cls(**{field.name: row[field.name] for field in fields(cls)})


def counted(world: World) -> tuple[list[Visit], list[Sale]]:
    """Sessions of the shop before the end of the period, and orders of the period; no bots."""
    own = [one for one in world.visits if one.shop_id == SHOP.shop_id and not one.bot]
    sales = [one for one in world.sales if one.shop_id == SHOP.shop_id and not one.bot]
    return [one for one in own if one.started_at < UNTIL], sales


def oracle(world: World, tab: str, credit: str) -> dict[tuple[str, Source], Sums]:
    """(part, source) → what it brought."""
    visits, sales = counted(world)
    by_visitor: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_visitor[visit.visitor_id].append(visit)

    def credited(visit: Visit) -> Source:
        own = by_visitor[visit.visitor_id]
        if credit == "first":
            return source_of(first_visit(visit.visitor_id, own), tab)
        return last_of(visit, own, tab)

    found: dict[tuple[str, Source], Sums] = defaultdict(Sums)
    people: dict[Source, set[str]] = defaultdict(set)
    buying = {sale.session_key for sale in sales if sale.placed_at >= START}
    for visit in visits:
        if visit.started_at < START:
            continue
        sums = found["source", credited(visit)]
        sums.sessions += 1
        sums.converted += visit.session_key in buying
        people[credited(visit)].add(visit.visitor_id)
        sums.new_visitors += first_visit(visit.visitor_id, by_visitor[visit.visitor_id]) == visit
    for source, visitors in people.items():
        found["source", source].visitors = len(visitors)
    keys = {visit.session_key: visit for visit in visits}
    for sale in sales:
        if START <= sale.placed_at < UNTIL:
            place = keys.get(sale.session_key or "")
            sums = found["source", credited(place)] if place else found["outside", ("", "", "")]
            sums.orders += 1
            sums.revenue += sale.revenue if sale.currency in (None, SHOP.currency) else 0
    return dict(found)


def dense(seed: int, visitors: int = 60) -> World:
    """Few visitors who come often, at moments that coincide, around both edges of everything."""
    dice = random.Random(seed)
    visits, sales = [], []
    for number in range(visitors):
        for nth in range(dice.randint(1, 6)):
            days = dice.choice((0, 1, 2, 5, 7, 29, 30, 31, 45, 60))
            moment = START + timedelta(days=6.5, hours=dice.choice((0, 1, 5)) - 24 * days)
            visit = _visit(dice, f"s{number}-{nth}", f"v{number}", moment)
            visits.append(visit)
            for again in range(dice.choice((0, 0, 1, 2))):
                placed = visit.started_at + timedelta(hours=dice.choice((0, 1, 30)))
                sales.append(_sale(dice, f"o{number}-{nth}-{again}", placed, visit.session_key))
    nobody = [_sale(dice, f"n{n}", START + timedelta(hours=20 * n - 20), None) for n in range(10)]
    return World(visits, [*sales, *nobody])


def _visit(dice: random.Random, key: str, visitor: str, moment: datetime) -> Visit:
    page = dice.choice((None, "https://a.example/", "https://a.example/p/1?x=1#y", "http://b.example/p/1/"))
    return Visit(
        session_key=key,
        visitor_id=visitor,
        started_at=moment,
        channel=dice.choice((None, "direct", "direct", "direct", "email", "paid_search", "referral")),
        utm_source=dice.choice((None, "google", "goo")),
        utm_medium=dice.choice((None, "cpc", "email")),
        utm_campaign=dice.choice((None, "spring", "gle spring")),
        landing_url=page,
        referrer_host=dice.choice((None, None, "blog.example", "www.google.com")),
        bot=dice.random() < 0.05,
        shop_id=dice.choice((SHOP.shop_id,) * 9 + ("lamps",)),
    )


def _sale(dice: random.Random, key: str, placed: datetime, session: str | None) -> Sale:
    return Sale(
        order_key=key,
        placed_at=placed,
        session_key=session,
        revenue=Decimal(dice.randint(0, 9999)) / 100,
        currency=dice.choice((None, "EUR", "EUR", "USD")),
        bot=dice.random() < 0.05,
        shop_id=dice.choice((SHOP.shop_id,) * 9 + ("lamps",)),
    )
