"""Two worlds that are one to whoever may see kettles alone: in the second there is another shop too.

The other shop has something in every table of the store, in every table of the control data and in
the live log, and each text of it holds `MARK`.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from collector.control import Control
from collector.control.alerts import Watch
from collector.control.destination_acts import Act
from collector.control.funnels import SavedFunnel
from collector.control.presets import Preset
from collector.control.rates import Rate
from collector.control.reconciliations import Day, Difference, Summary
from collector.control.reports import Plan
from collector.control.thresholds import Threshold
from collector.control.users import Role
from collector.control.vendor_exports import Claimed
from collector.control.vendor_exports import Summary as Exported
from collector.event import Item
from collector.forwarder.reading import Reading
from collector.log.memory import MemoryLog
from collector.store.console.duck import DuckConsole
from collector.store.reader import CursorPool, DuckReader
from collector.wire import Shop
from dashboard.app import dashboard
from dashboard.desk import Ledgers
from tests.dashboard.ledgers import EVENT, Fate, Told, sent_on, write
from tests.dashboard.shop_world import (
    NOW,
    REQUEST,
    SHOP,
    Client,
    append,
    at,
    busy_log,
    event,
    insert,
    order,
    raw,
    refused,
    session,
    tail_of,
    view,
    week,
)

MARK: Final = "QLAMPQ"
LAMPS: Final = Shop(shop_id="lamps", name=f"{MARK} lamps", currency="USD", timezone="America/New_York")
PHONES: Final = '{"version":1,"rule":{"is":"all","of":[{"is":"device","values":["mobile"]}]}}'
SECONDS: Final = NOW.timestamp()
RULE: Final = Preset(
    name="",
    unit="line",
    family="storefront",
    kinds="click_add",
    span="time",
    hours=168,
    winner="linear",
    match="group",
    value="net",
    reset="source",
)
TOLD: Final = Told(
    condition={"condition": "paused", "code": "r_auth", "told": MARK, "since": 1.0},
    fates=(
        Fate(
            day="2026-03-17",
            event=MARK,
            state="failed",
            code="r_rejected",
            told=MARK,
            ids=(EVENT.format(200),),
            order_key=MARK,
        ),
        Fate(day="2026-03-17", event=MARK, state="delivered_with_loss", losses=("loss_ts",)),
    ),
    waiting=3,
)
"""What became of lamps' events."""
ROLES: Final[Mapping[str, Role]] = {"viewer": "viewer", "analyst": "analyst", "owner": "owner"}
TYPED: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        ("INTEGER", "BIGINT", "UBIGINT", "UINTEGER", "SMALLINT", "UTINYINT", "UHUGEINT", "HUGEINT"), 1
    ),
    "VARCHAR": MARK,
    "BOOLEAN": False,
    "DOUBLE": 1.0,
    "FLOAT": 1.0,
    "DATE": date(2026, 3, 18),
    "UUID": REQUEST.format(240),
    "VARCHAR[]": [MARK],
    "BLOB": MARK.encode(),
}


@dataclass(frozen=True, slots=True)
class _Both:
    """The ledgers of both shops, in both worlds: who reads lamps' may not come to them by any id."""

    ours: Ledgers
    theirs: Mapping[str, Reading]

    def __call__(self, destination_id: str) -> Reading:
        return self.theirs.get(destination_id) or self.ours(destination_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A dashboard, its control data, the cookies of who asks, and ids of the other shop by what they name."""

    app: Any
    control: Control
    file: Path
    db: duckdb.DuckDBPyConnection
    tokens: Mapping[str, str]
    theirs: Mapping[str, str]

    def client(self, asker: str) -> Client:
        """A browser of that asker: a role in kettles, `share`, `locked`, `disabled` or `nobody`."""
        token = self.tokens.get(asker)
        return Client(self.app, {"r46_session": token} if token else {})

    def rows(self) -> set[tuple[str, str]]:
        """Every row of the control data by its table, as text, but for when a session was used."""
        with sqlite3.connect(self.file) as db:
            tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            return {(table, repr(row)) for table in tables for row in db.execute(f'select * from "{table}"')}

    def lacking(self) -> set[str]:
        """Tables of the store and of the control data that have a shop, but nothing of lamps."""
        asked = f"select count(*) from %s where shop_id = '{LAMPS.shop_id}'"
        stored = {one for one in tables_of(self.db) if self.db.execute(asked % one).fetchall() == [(0,)]}
        with sqlite3.connect(self.file) as db:
            tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            mine = [
                one for one in tables if "shop_id" in str(db.execute(f"pragma table_info({one})").fetchall())
            ]
            return stored | {one for one in mine if db.execute(asked % one).fetchall() == [(0,)]}


def worlds(folder: Path) -> tuple[World, World]:
    """Kettles alone; and kettles beside lamps. Whatever belongs to kettles is the same, ids too."""
    base, rich = folder / "alone.sqlite", folder / "beside.sqlite"
    control = Control(base)
    control.add(SHOP)
    tokens = _ours(control)
    ours = sent_on(control)
    control.close()
    shutil.copy(base, rich)
    theirs = _beside(rich)
    plant(rich)
    write(folder / "theirs.sqlite", TOLD)
    ledgers = {theirs["destination"]: Reading(folder / "theirs.sqlite")}
    both = _Both(ours, ledgers)
    return (
        _world(base, week(), busy_log(), tokens, theirs, both),
        _world(rich, _stored(week()), _logged(busy_log()), tokens, theirs, both),
    )


def _world(
    file: Path,
    db: duckdb.DuckDBPyConnection,
    log: MemoryLog,
    tokens: Mapping[str, str],
    theirs: Mapping[str, str],
    ledgers: Ledgers,
) -> World:
    control = Control(file)
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor), console=DuckConsole(db.cursor))
    app = dashboard(reader, control, tail_of(log), clock=lambda: NOW, ledgers=ledgers)
    return World(app=app, control=control, file=file, db=db, tokens=tokens, theirs=theirs)


def _ours(control: Control) -> dict[str, str]:
    """People, links and what kettles saved; the session tokens of who asks."""
    tokens = {"operator": control.sessions.open(SECONDS)}
    for name, role in ROLES.items():
        user = control.users.add(f"{name}@kettles.example", name, SECONDS)
        control.users.grant(user.user_id, SHOP.shop_id, role)
        tokens[name] = control.sessions.open(SECONDS, user_id=user.user_id)
    user = control.users.add("disabled@kettles.example", "", SECONDS)
    control.users.grant(user.user_id, SHOP.shop_id, "owner")
    tokens["disabled"] = control.sessions.open(SECONDS, user_id=user.user_id)
    control.users.disable(user.user_id, SECONDS)
    segment = control.segments.add(SHOP.shop_id, "Phones", "dynamic", PHONES, SECONDS)
    _saved(control, SHOP.shop_id, "Ours")
    for name, locked in (("share", ""), ("locked", segment.segment_id)):
        share, _ = control.shares.add(SHOP.shop_id, label=name, days=9, by="", now=SECONDS, segment_id=locked)
        tokens[name] = control.sessions.open(SECONDS, share_id=share.share_id)
    return tokens


def _beside(file: Path) -> dict[str, str]:
    """Lamps with all that a shop saves; the ids that somebody might guess."""
    control = Control(file)
    control.add(LAMPS)
    user = control.users.add("person@lamps.example", MARK, SECONDS)
    control.users.grant(user.user_id, LAMPS.shop_id, "owner")
    control.sessions.open(SECONDS, user_id=user.user_id, agent=MARK)
    segment = control.segments.add(LAMPS.shop_id, f"{MARK} phones", "dynamic", PHONES, SECONDS)
    listed = control.segments.add(LAMPS.shop_id, f"{MARK} list", "static", "", SECONDS)
    control.segments.put(listed.segment_id, ["device-31"])
    control.segments.measured(segment.segment_id, {date(2026, 3, 17): 71})
    reconciliation = _saved(control, LAMPS.shop_id, MARK)
    (export,) = control.vendor_exports.of(LAMPS.shop_id)
    plan = Plan(name=MARK, kind="daily", hour=8, parts=("overview",), segment=segment.segment_id)
    report = control.reports.add(LAMPS.shop_id, plan, SECONDS)
    control.alerts.set(LAMPS.shop_id, Watch(silence_min=71))
    control.outbox.put(LAMPS.shop_id, MARK, (MARK,), SECONDS)
    share, _ = control.shares.add(LAMPS.shop_id, label=MARK, days=9, by=MARK, now=SECONDS)
    public = {"partner_id": MARK}
    key = control.add_key(LAMPS.shop_id, "retailrocket", public=public, hashes={}, kept={}, now=SECONDS)
    note = control.annotations.add(LAMPS.shop_id, date(2026, 3, 17), MARK, MARK, SECONDS)
    control.audit.note(SECONDS, MARK, LAMPS.shop_id, "shop_changed", MARK)
    destination = control.destinations.add(
        LAMPS.shop_id, "yespo", MARK, {}, {"api_key": MARK}, start_at=SECONDS, now=SECONDS
    )
    control.destinations.ask(destination.destination_id, Act(kind="resend", code=MARK), SECONDS)
    control.audit.note(SECONDS, MARK, "", "signed_in", MARK)
    control.close()
    return {
        "user": user.user_id,
        "segment": segment.segment_id,
        "list": listed.segment_id,
        "reconciliation": reconciliation,
        "export": export.export_id,
        "share": share.share_id,
        "key": key.key_id,
        "note": note,
        "report": report.report_id,
        "destination": destination.destination_id,
        "letter": EVENT.format(200),
        "preset": "lampspreset",
        "request": REQUEST.format(200),
        "order": "lamps-order",
        "visitor": "lamps-visitor",
    }


def _saved(control: Control, shop_id: str, text: str) -> str:
    """What any shop saves, with `text` in it; the id of its reconciliation."""
    control.funnels.save(
        shop_id, SavedFunnel(name=text, steps="view_item,purchase", window="1d", unit="visitor")
    )
    control.thresholds.set(shop_id, "orders_matched", Threshold(warn=0.42, alarm=0.84))
    control.presets.save(shop_id, replace(RULE, name=f"{shop_id}preset"))
    control.rates.put(shop_id, [Rate(day=date(2026, 3, 1), currency="GBP", rate=Decimal("1.7171"))])
    summary = Summary(
        name=f"{text}.csv",
        currency="EUR",
        tolerance="0.01",
        first_day=date(2026, 3, 15),
        last_day=date(2026, 3, 17),
        matched=1,
        sum_there="171.71",
        sum_here="171.71",
        **dict.fromkeys(("orders_there", "orders_here", "missing_here", "unknown_there"), 1),
        **dict.fromkeys(("amount_differs", "status_differs"), 0),
    )
    exported = Exported(
        name=f"{text}.csv",
        shape="orders",
        currency="EUR",
        first_day=date(2026, 3, 15),
        last_day=date(2026, 3, 17),
        orders=1,
        revenue="171.71",
        claims=1,
        attributed="171.71",
    )
    claimed = [Claimed(number=text, day=date(2026, 3, 17), revenue="171.71", claims=1, attributed="171.71")]
    control.vendor_exports.add(shop_id, "r46", exported, claimed, who=text, now=SECONDS)
    days = [Day(day=date(2026, 3, 17), both=1, differs=0, there=2, missing=1)]
    rows = [Difference(number=text, outcome="missing_here", reason=text)]
    return control.reconciliations.add(shop_id, SECONDS, summary, days, rows)


def plant(file: Path) -> None:
    """A row of lamps in every table of the control data that has a shop and none of it yet."""
    with sqlite3.connect(file) as db:
        for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
            columns = db.execute(f'pragma table_info("{table}")').fetchall()
            names = [column[1] for column in columns]
            if "shop_id" not in names or table == "shops":
                continue
            if db.execute(f'select 1 from "{table}" where shop_id = ?', [LAMPS.shop_id]).fetchone():
                continue
            row = [
                LAMPS.shop_id if name == "shop_id" else MARK if kind.startswith(("TEXT", "VARCHAR")) else 1
                for _, name, kind, *_ in columns
            ]
            marks = ", ".join("?" for _ in row)
            db.execute(f'insert into "{table}" values ({marks})', row)


def _stored(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same store with a row of lamps in every table, and a day of a shop like any other."""
    shop = {"shop_id": LAMPS.shop_id}
    named = {"channel": MARK, "device_type": "mobile", "utm_campaign": MARK}
    session(db, "lamps-session", "03-17 09:00", "lamps-visitor", purchases=1, **named, **shop)
    order(
        db,
        "lamps-order",
        "03-17 09:15",
        "9171.71",
        visitor_id="lamps-visitor",
        session_key="lamps-session",
        item_id=f"{MARK}-1",
        item_name=MARK,
        coupon=MARK,
        **shop,
    )
    event(db, 200, "03-17 09:05", [MARK], page_url=f"https://{MARK}.example/", custom_name=MARK, **shop)
    event(db, 204, "03-17 09:06", [], event="search", search_term=MARK, **shop)
    for number, outcome in enumerate(("quarantined", "rejected", "ignored", "duplicate"), 201):
        refused(db, number, "03-18 09:02", outcome, [MARK], name=MARK, page_url=MARK, **shop)
        raw(db, number, "03-18 09:02", MARK, **shop)
    raw(db, 200, "03-17 09:05", MARK, query=MARK, **shop)
    insert(
        db,
        "touches",
        touch_id="lamps-touch",
        event_id=REQUEST.format(200),
        ts=at("03-17 09:05"),
        visitor_id="lamps-visitor",
        session_key="lamps-session",
        kind="click",
        family="storefront",
        item_id=f"{MARK}-1",
        recommended_by="dynamic",
        recommended_code=MARK,
        bot=False,
        **shop,
    )
    for table in tables_of(db):
        _fill(db, table)
    return db


def tables_of(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables of the store that have a shop."""
    found = db.execute(
        "select distinct table_name from duckdb_columns() join duckdb_tables() using (table_name) "
        "where column_name = 'shop_id' order by 1"
    )
    return [row[0] for row in found.fetchall()]


def _fill(db: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ?", [table]
    ).fetchall()
    row = {name: _typed(kind) for name, kind in columns if _typed(kind) is not None}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    db.execute(
        f"insert into {table} ({names}) values ({marks})", list({**row, "shop_id": LAMPS.shop_id}.values())
    )


def _typed(kind: str) -> Any:
    if kind.startswith("DECIMAL"):
        return Decimal("9171.71")
    if kind.startswith("TIMESTAMP"):
        return at("03-17 10:00")
    return TYPED.get(kind)


def _logged(log: MemoryLog) -> MemoryLog:
    """The live log with the same minutes of lamps."""
    item = Item(item_id=f"{MARK}-1", item_name=MARK)
    for number, minutes in ((210, 20), (211, 2), (212, 1)):
        told = view(number, minutes, items=(item,), custom_name=MARK)
        append(
            log,
            type(told)(
                **{name: getattr(told, name) for name in told.__struct_fields__} | {"shop_id": LAMPS.shop_id}
            ),
        )
    return log
