"""A small shop with a known week, its dashboard, and a client that speaks ASGI to it.

The moment is Wednesday 18 March 2026, 11:30 in Berlin.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import duckdb
import sqlalchemy as sa
from argon2 import PasswordHasher

from collector import record
from collector.control import keys
from collector.control.alerts import Alerts
from collector.control.annotations import Annotations
from collector.control.audit import Audit
from collector.control.destination_rules import Known
from collector.control.destinations import Destinations
from collector.control.funnels import SavedFunnels
from collector.control.outbox import Outbox
from collector.control.passwords import Passwords
from collector.control.presets import Presets
from collector.control.queries import SavedQueries
from collector.control.rates import Rates
from collector.control.reconciliations import Reconciliations
from collector.control.reports import Reports
from collector.control.sealing import Sealing
from collector.control.segments import Segments
from collector.control.sessions import Sessions
from collector.control.shares import Shares
from collector.control.tables import metadata
from collector.control.thresholds import Thresholds
from collector.control.users import Users
from collector.control.vault import Vault
from collector.control.vendor_exports import VendorExports
from collector.event import DecimalText, Event, Item
from collector.log.memory import MemoryLog
from collector.record import Record, Refused
from collector.store.console.duck import DuckConsole
from collector.store.reader import CursorPool, DuckReader
from collector.tail import Tail
from collector.wire import Key, Shop
from dashboard.app import dashboard
from dashboard.desk import no_ledgers
from tests.dashboard.ledgers import sent_on

SCHEMA = Path(__file__).parents[2] / "collector/store/schema"
NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
SHOP = Shop(shop_id="kettles", name="Kettles & Co", currency="EUR", timezone="Europe/Berlin")
OTHER = Shop(shop_id="lamps", name="Lamps", currency="USD", timezone="America/New_York")
HOSTILE = "</script><img src=x onerror=alert(1)>"
LONG = "Frühling-" * 1_111 + "!"
"""A name of 10,000 characters, without a place to break it."""
FORMULA = '=HYPERLINK("http://evil.example","x")'
REQUEST = "0196a000-0000-7000-8000-0000000000{:02x}"

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Passwords of tests protect nothing."""
NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("INTEGER", "BIGINT", "UBIGINT", "UINTEGER", "DECIMAL"), 0),
    "VARCHAR": "",
    "BOOLEAN": False,
    "TIMESTAMP": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    "UUID": "00000000-0000-0000-0000-000000000000",
    "VARCHAR[]": [],
}


class OneKey:
    """Control data in memory: two shops, one link."""

    def __init__(self, shops: Sequence[Shop] = (SHOP, OTHER), links: Sequence[str] = ("good-link",)) -> None:
        self._shops = tuple(shops)
        self._links = set(links)
        engine = sa.create_engine(
            "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
        )
        metadata.create_all(engine)
        self._engine = engine
        self._folder = (
            Path(tempfile.gettempdir()) / f"r46-keys-{secrets.token_hex(8)}"
        )  # made when it is needed
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.rates = Rates(
            engine, lambda shop_id: {one.shop_id: one.currency for one in self._shops}.get(shop_id)
        )
        self.outbox = Outbox(engine)
        self.sealing = Sealing(engine, Vault(self._folder / "secrets.key"))
        self.reports = Reports(engine, self.sealing)
        self.alerts = Alerts(engine, self.outbox, self.sealing)
        self.thresholds = Thresholds(engine)
        self.reconciliations = Reconciliations(engine)
        self.vendor_exports = VendorExports(engine)
        self.funnels = SavedFunnels(engine)
        self.queries = SavedQueries(engine)
        self.segments = Segments(engine)
        self.annotations = Annotations(engine)
        self.users = Users(engine, Passwords(CHEAP))
        self.sessions = Sessions(engine)
        self.shares = Shares(engine)
        self.audit = Audit(engine)
        known = Known(
            is_shop=lambda shop_id: shop_id in {shop.shop_id for shop in self._shops},
            segments=lambda shop_id: [one.name for one in self.segments.of(shop_id)],
            plain_http=True,
        )
        self.destinations = Destinations(engine, self.sealing, known)
        self.presets = Presets(engine, lambda shop_id: shop_id in {shop.shop_id for shop in self._shops})

    def shops(self) -> Sequence[Shop]:
        return self._shops

    def add(self, shop: Shop) -> None:
        self._shops = (*self._shops, shop)

    def change(self, shop_id: str, settings: Mapping[str, Any]) -> Shop:
        (old,) = (shop for shop in self._shops if shop.shop_id == shop_id)
        new = replace(old, **settings)
        self._shops = tuple(new if shop == old else shop for shop in self._shops)
        return new

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        with self._engine.connect() as connection:
            return keys.in_force(connection).find(vendor, name, value)

    def keys_of(self, shop_id: str) -> Sequence[Key]:
        with self._engine.connect() as connection:
            return keys.listed(connection, shop_id)

    def add_key(
        self,
        shop_id: str,
        vendor: str,
        *,
        public: Mapping[str, str],
        hashes: Mapping[str, str],
        kept: Mapping[str, str],
        now: float,
    ) -> Key:
        stored = {"public": public, "hashes": hashes, "kept": kept}
        with self._engine.begin() as connection:
            return keys.add(connection, shop_id=shop_id, vendor=vendor, now=now, **stored)

    def revoke_key(self, key_id: str, now: float) -> Key:
        with self._engine.begin() as connection:
            return keys.revoke(connection, key_id, now)

    def redeem_link(self, token: str, now: float) -> bool:
        if token not in self._links:
            return False
        self._links.remove(token)
        return True


def at(text: str) -> datetime:
    """Naive UTC, as the store keeps it: "03-17 09:00"."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC).replace(tzinfo=None)


def insert(db: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    """One row. Columns that are not named are null, or nothing of their type where they may not be."""
    required = db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not is_nullable",
        [table],
    ).fetchall()
    row = {**{name: NOTHING[kind.split("(")[0]] for name, kind in required}, **row}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    db.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def fill(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of one shape at once; columns that are not named are nothing of their type."""
    required = db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not is_nullable",
        [table],
    ).fetchall()
    default = {name: NOTHING[kind.split("(")[0]] for name, kind in required}
    whole = [{**default, **row} for row in rows]
    names = ", ".join(f'"{name}"' for name in whole[0])
    marks = ", ".join("?" for _ in whole[0])
    db.executemany(f"insert into {table} ({names}) values ({marks})", [list(row.values()) for row in whole])


def session(db: duckdb.DuckDBPyConnection, key: str, start: str, visitor: str, **more: Any) -> None:
    row: dict[str, Any] = {
        "shop_id": SHOP.shop_id,
        "session_key": key,
        "visitor_id": visitor,
        "started_at": at(start),
        "ended_at": at(start) + timedelta(minutes=20),
        **dict.fromkeys(("events", "page_views", "item_views"), 3),
        **dict.fromkeys(("cart_adds", "searches", "purchases"), 0),
        "channel": "direct",
        "device_type": "desktop",
        "bot": False,
    }
    insert(db, "sessions", **{**row, **more})


def order(db: duckdb.DuckDBPyConnection, key: str, placed: str, revenue: str, **more: Any) -> None:
    """An order of one line that has all of its revenue."""
    item = {name: more.pop(name) for name in ("item_id", "item_name") if name in more}
    row: dict[str, Any] = {
        "shop_id": SHOP.shop_id,
        "order_key": key,
        "transaction_id": key,
        "placed_at": at(placed),
        "updated_at": at(placed),
        "vendor": "rees46",
        "revenue": revenue,
        "currency": "EUR",
        "lines": 1,
        "units": 1,
        "versions": 1,
        "computed": False,
        "cancelled": False,
        "event_id": REQUEST.format(0),
        "bot": False,
    }
    row |= more
    insert(db, "orders", **row)
    shared = ("shop_id", "order_key", "placed_at", "revenue", "currency", "bot")
    line: dict[str, Any] = {name: row[name] for name in shared}
    line |= {name: row.get(name) for name in ("visitor_id", "session_key")}
    insert(db, "order_lines", **line, line=0, quantity=1, price=revenue, **{"item_id": "37", **item})


def event(
    db: duckdb.DuckDBPyConnection, number: int, received: str, notes: Sequence[str] = (), **more: Any
) -> None:
    row: dict[str, Any] = {
        "shop_id": SHOP.shop_id,
        "ts": at(received),
        "ts_source": "server",
        "received_at": at(received),
        "request_id": REQUEST.format(number),
        "seq": 0,
        "event_id": REQUEST.format(number),
        "vendor": "rees46",
        "endpoint": "push",
        "event": "view_item",
        "is_line": False,
        "is_full": False,
        "bot": False,
        "notes": list(notes),
        "page_url": "https://kettles.example/p/37",
    }
    insert(db, "events", **{**row, **more})


def refused(
    db: duckdb.DuckDBPyConnection, number: int, received: str, outcome: str, codes: Sequence[str], **more: Any
) -> None:
    row: dict[str, Any] = {
        "shop_id": SHOP.shop_id,
        "received_at": at(received),
        "request_id": REQUEST.format(number),
        "seq": 0,
        "vendor": "rees46",
        "endpoint": "push",
        "outcome": outcome,
        "codes": list(codes),
        "name": "view",
    }
    insert(db, "refused", **{**row, **more})


def raw(db: duckdb.DuckDBPyConnection, number: int, received: str, body: str, **more: Any) -> None:
    row: dict[str, Any] = {
        "shop_id": SHOP.shop_id,
        "request_id": REQUEST.format(number),
        "received_at": at(received),
        "method": "POST",
        "path": "/push",
        "body": body,
    }
    insert(db, "raws", **{**row, **more})


def empty_store() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(":memory:", config={"threads": 1})
    for file in sorted(SCHEMA.glob("*.sql")):
        db.execute(file.read_text())
    return db


def week(name: str = "Kettle", item: str = "37") -> duckdb.DuckDBPyConnection:
    """Last seven days: 3 sessions and 4 orders; the seven before up to the same moment: 1 and 1."""
    db = empty_store()
    session(db, "k1", "03-17 09:00", "ann", channel="organic_search", purchases=1)
    session(db, "k2", "03-17 23:30", "bob", device_type="mobile")  # 00:30 on the 18th in Berlin
    session(db, "k3", "03-18 09:00", "ann", channel="email", device_type="mobile", purchases=1)
    session(db, "k4", "03-18 09:10", "crawler", bot=True)
    session(db, "k5", "03-10 08:00", "carl", purchases=1)
    session(db, "k6", "03-11 12:00", "dora")  # 13:00 on the Wednesday before: later than now
    order(db, "o1", "03-17 09:15", "100.00", visitor_id="ann", session_key="k1", item_id=item, item_name=name)
    order(db, "o2", "03-18 09:10", "50.50", visitor_id="ann", session_key="k3", item_id="lid")
    order(db, "o3", "03-16 12:00", "20.00")  # by the shop's server, of nobody
    order(db, "o4", "03-15 12:00", "9.99", visitor_id="bob", currency="USD")
    order(db, "o5", "03-10 08:10", "80.00", visitor_id="carl", session_key="k5")
    order(db, "bot", "03-18 09:12", "1.00", visitor_id="crawler", session_key="k4", bot=True)
    insert(
        db,
        "touches",
        shop_id=SHOP.shop_id,
        touch_id="t1",
        event_id=REQUEST.format(1),
        ts=at("03-17 09:05"),
        visitor_id="ann",
        session_key="k1",
        kind="click",
        family="storefront",
        item_id=item,
        recommended_by="dynamic",
        recommended_code="blk9",
        bot=False,
    )
    event(db, 1, "03-17 09:05")
    event(db, 2, "03-18 09:00", ["currency_defaulted"])
    event(db, 3, "03-18 09:01", ["currency_defaulted", "field_empty:stream"])
    refused(db, 4, "03-18 09:02", "quarantined", ["items_empty"])
    raw(db, 4, "03-18 09:02", '{"event":"view","items":[]}')
    refused(db, 5, "03-18 09:03", "rejected", ["shop_unknown"], shop_id="ketles", name=None)
    raw(db, 5, "03-18 09:03", '{"shop_id":"ketles"}', shop_id="ketles")
    refused(db, 6, "03-18 09:04", "ignored", ["bot_ua"])
    refused(db, 7, "03-18 09:05", "duplicate", ["duplicate"])
    refused(db, 8, "03-18 09:06", "rejected", ["json_malformed"], shop_id=OTHER.shop_id)
    for number in range(30, 35):  # the requests that the live tail shows
        raw(db, number, "03-18 10:00", "{}")
    return db


def hostile() -> duckdb.DuckDBPyConnection:
    """The same week by somebody who sends markup and formulas wherever text can be sent."""
    db = week(name=HOSTILE, item=FORMULA)
    event(db, 20, "03-18 09:00", [HOSTILE], page_url="javascript:alert(1)//" + HOSTILE, custom_name=HOSTILE)
    for number, outcome in enumerate(("quarantined", "rejected", "ignored", "duplicate"), 21):
        refused(
            db, number, "03-18 09:07", outcome, [HOSTILE], name=FORMULA, page_url=HOSTILE, pointer=HOSTILE
        )
        raw(db, number, "03-18 09:07", f'{{"x":"{HOSTILE}"}}', query=HOSTILE, user_agent=HOSTILE)
    session(
        db,
        "k9",
        "03-18 09:00",
        "eve",
        channel=HOSTILE,
        device_type=FORMULA,
        utm_source=HOSTILE,
        utm_medium=FORMULA,
        utm_campaign=LONG,
        landing_url=f"https://x.example/{LONG}?{HOSTILE}",
        purchases=1,
    )
    order(db, FORMULA, "03-18 09:10", "5.00", visitor_id="eve", session_key="k9", coupon=HOSTILE)
    return db


def view(number: int, minutes_ago: float, **more: Any) -> Record:
    """A stored request with one product view."""
    facts: dict[str, Any] = {
        "event": "view_item",
        "event_id": REQUEST.format(number),
        "ts": NOW,
        "device_id": f"device-{number}",
        "items": (Item(item_id="37", item_name="Kettle", price=DecimalText("9.5")),),
        "page_url": "https://kettles.example/p/37?utm_source=x",
    }
    return request(number, minutes_ago, events=(Event(**{**facts, **more}),))


def request(
    number: int,
    minutes_ago: float,
    *,
    events: tuple[Event, ...] = (),
    refused: tuple[Refused, ...] = (),
    shop_id: str = SHOP.shop_id,
) -> Record:
    return Record(
        request_id=REQUEST.format(number),
        received_at=NOW - timedelta(minutes=minutes_ago),
        shop_id=shop_id,
        vendor="rees46",
        endpoint="push",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        events=events,
        refused=refused,
    )


def log_of(*records: Record) -> MemoryLog:
    log = MemoryLog()
    append(log, *records)
    return log


def append(log: MemoryLog, *records: Record) -> None:
    async def all_of_them() -> None:
        for one in records:
            await log.append(record.encode(one))

    asyncio.run(all_of_them())


def tail_of(log: MemoryLog) -> Tail:
    """A tail that has read all of the log."""
    tail = Tail(log, clock=lambda: NOW)
    while tail.poll():
        pass
    return tail


def busy_log() -> MemoryLog:
    """Half an hour: views, an order, a quarantined view, and one event from long ago."""
    bought = Event(
        event="purchase",
        event_id=REQUEST.format(33),
        ts=NOW,
        device_id="device-31",
        transaction_id="A-1",
        items=(Item(item_id="37"),),
        recommended_by="dynamic",
        recommended_code="blk9",
        notes=("attr_on_purchase",),
    )
    empty = Refused(seq=0, outcome="quarantined", codes=("items_empty",), name="view")
    return log_of(
        view(30, 90),
        view(31, 20),
        view(32, 3),
        request(33, 1, events=(bought,)),
        request(34, 0.5, refused=(empty,)),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Client:
    """Asks an ASGI application, keeps its cookies, follows nothing."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    scheme: str = "http"

    def get(self, address: str, **headers: str) -> Answer:
        return asyncio.run(self._ask("GET", address, b"", headers))

    def post(self, address: str, form: Mapping[str, str], **headers: str) -> Answer:
        return asyncio.run(self._ask("POST", address, urlencode(form).encode(), headers))

    async def _ask(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(self.connection(method, address, headers), receive, send)
        start = sent[0]
        received = {name.decode(): value.decode() for name, value in start["headers"]}
        self._keep(received.get("set-cookie", ""))
        return Answer(start["status"], received, b"".join(part.get("body", b"") for part in sent[1:]))

    def connection(self, method: str, address: str, headers: Mapping[str, str]) -> dict[str, Any]:
        path, _, query = address.partition("?")
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        if self.cookies:
            pairs.append((b"cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"dash.example"), *pairs],
            "client": ("127.0.0.1", 1),
            "server": ("dash.example", 80),
        }

    def _keep(self, header: str) -> None:
        if header:
            name, _, rest = header.partition("=")
            self.cookies[name] = rest.split(";")[0]


def app_over(
    db: duckdb.DuckDBPyConnection,
    log: MemoryLog | None = None,
    control: OneKey | None = None,
    reader: Any = None,
    clock: Callable[[], datetime] = lambda: NOW,
    address: str = "",
) -> Any:
    """The dashboard over a store, or another reader of it, and a log; without control data of its own the usual one."""
    reader = reader or DuckReader(
        CursorPool(db.cursor), CursorPool(db.cursor), console=DuckConsole(db.cursor)
    )
    tail = tail_of(log or busy_log())
    usual = OneKey()
    ledgers = no_ledgers if control else sent_on(usual)
    return dashboard(reader, control or usual, tail, clock=clock, address=address, ledgers=ledgers)


def signed_in(app: Any) -> Client:
    client = Client(app)
    assert client.post("/signin", {"token": "good-link"}).headers["location"] == "/"
    return client
