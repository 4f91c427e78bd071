"""Eight weeks of a shop in which nothing is wrong, in the rows of a store, and every defect that a check seeks.

A day has 360 sessions of three events each and 60 orders of one line. The moment is that of
`shop_world`; what a defect touches lies in the checked days, the last 28.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from dashboard import queries
from dashboard.checks import CHECKS
from dashboard.filters import parse
from dashboard.scope import scope_of
from tests.dashboard.shop_world import NOW, SHOP, empty_store

FIRST = "2026-01-20"
DAYS = 58
DEFAULTS = {
    "INTEGER": "0",
    "BIGINT": "0",
    "UBIGINT": "0",
    "DECIMAL": "0",
    "VARCHAR": "''",
    "BOOLEAN": "false",
    "TIMESTAMP": "timestamp '2026-01-01'",
    "UUID": "'00000000-0000-0000-0000-000000000000'::uuid",
    "VARCHAR[]": "[]::varchar[]",
}
VISITS = f"""
select
    d * 1000 + n as visit,
    d,
    n,
    timestamp '{FIRST}' + to_days(d::integer) + interval 1 minute * n as began,
    'v' || (d * 1000 + n)::varchar as visitor,
    's' || (d * 1000 + n)::varchar as session_key,
    (n % 20)::varchar as item,
    (10 + n % 20)::decimal(18, 4) as price
from range({DAYS}) days(d)
cross join range(360) visits(n)
where timestamp '{FIRST}' + to_days(d::integer) + interval 1 minute * n < timestamp '2026-03-18 10:00:00'
"""
EVENTS = {  # number, name, path and seconds after the session began
    1: ("page_view", "'/'", 0),
    2: ("page_view", "'/c/teas'", 30),
    3: ("view_item", "'/p/' || item", 60),
}


def clean() -> duckdb.DuckDBPyConnection:
    """A store in which every check is in order."""
    db = empty_store()
    db.execute(f"create temp table visits as {VISITS}")
    _add(db, "sessions", began="session", columns=_session())
    for number in EVENTS:
        _add(db, "events", columns=_event(number))
    _add(db, "items", columns=_item())
    for table, columns in _orders().items():
        _add(db, table, columns=columns, where="n % 6 = 0")
    return db


def _add(
    db: duckdb.DuckDBPyConnection,
    table: str,
    *,
    columns: Mapping[str, str],
    where: str = "true",
    began: str = "",
) -> None:
    """Rows of a table from the visits; columns that are not named and may not be null are nothing of their type."""
    required = db.execute(
        "select column_name, data_type from duckdb_columns() "
        "where table_name = ? and not is_nullable and database_name <> 'temp'",
        [table],
    ).fetchall()
    whole = {name: DEFAULTS[kind.split("(")[0]] for name, kind in required} | dict(columns)
    names = ", ".join(f'"{name}"' for name in whole)
    db.execute(f"insert into {table} ({names}) select {', '.join(whole.values())} from visits where {where}")


def _session() -> dict[str, str]:
    return {
        "shop_id": f"'{SHOP.shop_id}'",
        "session_key": "session_key",
        "visitor_id": "visitor",
        "started_at": "began",
        "ended_at": "began + interval 5 minute",
        "browser": "case n % 2 when 0 then 'Chrome' else 'Firefox' end",
    }


def _id(kind: int) -> str:
    return f"('0196a000-{kind:04x}-7000-8000-' || lpad(to_hex(visit), 12, '0'))::uuid"


def _event(number: int) -> dict[str, str]:
    name, path, seconds = EVENTS[number]
    tool = name == "view_item"
    ts = f"began + interval {seconds} second"
    return {
        "shop_id": f"'{SHOP.shop_id}'",
        "ts": ts,
        "received_at": f"{ts} + interval 1 second",
        "ts_source": "'client'",
        "request_id": _id(number),
        "event_id": _id(number),
        "vendor": "'rees46'",
        "endpoint": "'rees46.collect'",
        "event": f"'{name}'",
        "visitor_id": "visitor",
        "device_id": "visitor",
        "session_key": "session_key",
        "page_view_id": f"'{number}-' || visit::varchar",
        "page_url": f"'https://kettles.example' || {path} || '?utm_source=x'",
        "recommended_by": "case n % 3 when 0 then 'dynamic' else null end" if tool else "null",
        "recommended_code": "case n % 3 when 0 then 'blk' else null end" if tool else "null",
    }


def _item() -> dict[str, str]:
    return {
        "shop_id": f"'{SHOP.shop_id}'",
        "ts": "began + interval 60 second",
        "event_id": _id(3),
        "event": "'view_item'",
        "visitor_id": "visitor",
        "session_key": "session_key",
        "item_id": "item",
        "price": "price",
        "currency": "'EUR'",
    }


def _orders() -> dict[str, dict[str, str]]:
    """An order of a visit that viewed its product."""
    placed = "began + interval 240 second"
    shared = {
        "shop_id": f"'{SHOP.shop_id}'",
        "order_key": "'o' || visit::varchar",
        "visitor_id": "visitor",
        "session_key": "session_key",
    }
    order = {
        **shared,
        "transaction_id": "'o' || visit::varchar",
        "placed_at": placed,
        "revenue": "price",
        "value": "price",
        "currency": "'EUR'",
    }
    line = {
        **shared,
        "placed_at": placed,
        "item_id": "item",
        "quantity": "1",
        "price": "price",
        "revenue": "price",
        "currency": "'EUR'",
    }
    version = {**shared, "event_id": _id(4), "event": "'purchase'", "ts": placed, "value": "price"}
    return {"orders": order, "order_lines": line, "order_versions": version}


CHECKED = "2026-02-18 23:00:00"
SOME = "ts >= timestamp '2026-02-18 23:00:00' and hash(event_id) % 100 < {percent}"
ONE_DAY = "{column} >= timestamp '2026-03-10 23:00:00' and {column} < timestamp '2026-03-11 23:00:00'"


def some(percent: int, more: str = "true") -> str:
    """Which events of the checked days a defect touches: about so many in a hundred."""
    return f"{SOME.format(percent=percent)} and {more}"


def one_day(column: str) -> str:
    return ONE_DAY.format(column=column)


def lines(percent: int) -> str:
    return f"placed_at >= timestamp '{CHECKED}' and hash(order_key) % 100 < {percent}"


PLANTED: Mapping[str, tuple[str, ...]] = {
    "unseen_purchases": (
        f"update items set visitor_id = 'other' "
        f"where visitor_id in (select visitor_id from order_lines where {lines(20)})",
    ),
    "unviewed_items": (
        "insert into items by name select * replace ('x' || item_id as item_id, 'add_to_cart' as event, "
        "null as price) from items where item_id = '0'",
        "update order_lines set item_id = 'x0' where item_id = '0'",
    ),
    "price_drift": (f"update order_lines set price = price * 0.8 where {lines(20)}",),
    "price_swing": (f"update items set price = price * 1.5 where item_id = '1' and {some(30)}",),
    "order_rate": (
        f"delete from orders where {one_day('placed_at')} and hash(order_key) % 100 < 95",
        "delete from order_lines where order_key not in (select order_key from orders)",
        "delete from order_versions where order_key not in (select order_key from orders)",
    ),
    "totals_differ": (
        'insert into order_versions by name select * replace ("value" + 1 as "value", uuid() as event_id) '
        f"from order_versions where order_key in (select order_key from orders where {lines(5)})",
    ),
    "amount_mismatch": (),
    "orders_missing": (),
    "code_missing": (
        f"update events set recommended_code = null where {some(5, 'recommended_by is not null')}",
    ),
    "tool_unknown": (
        f"update events set notes = ['recommended_by_unknown'] where {some(5, 'recommended_by is not null')}",
    ),
    "init_twice": (
        f"""update events set notes = ['init_duplicate'] where {some(3, "event = 'page_view'")}""",
    ),
    "spa_flag": (
        f"""update events set page_view_id = '1-' || page_view_id[3:] where {some(10, "event = 'view_item'")}""",
    ),
    "clock_skew": (f"update events set notes = ['ts_out_of_range'], ts_source = 'server' where {some(3)}",),
    "late": (f"update events set received_at = ts + interval 2 hour where {some(10)}",),
    "browser_drop": (f"update sessions set browser = 'Chrome' where {one_day('started_at')}",),
    "page_drop": (
        f"update events set page_url = 'https://kettles.example/' where {one_day('ts')} and event = 'view_item'",
    ),
    "nobody": (f"update events set visitor_id = null where {some(50)}",),
    "robots": (f"update events set bot = true where {some(35)}",),
    "lost": (
        f"insert into losses by name select shop_id, ts, request_id, 7 as lost from events where {some(1)}",
    ),
}
"""What puts exactly one thing wrong, by the check that must find it."""


def reconciled(check: str = "") -> str:
    """The days of a reconciliation in which everything matches, but for what one check seeks."""
    wrong = {"amount_mismatch": {"differs": 3}, "orders_missing": {"both": 35, "missing": 5}}.get(check, {})
    days = [f"2026-02-{day}" for day in range(19, 29)] + [f"2026-03-{day:02}" for day in range(1, 18)]
    return json.dumps(
        [{"day": day, "both": 40, "differs": 0, "there": 40, "missing": 0, **wrong} for day in days]
    )


Days = list[dict[str, Any]]
Oracle = Callable[[duckdb.DuckDBPyConnection], Mapping[Any, tuple[int, int]]]


def asked(db: duckdb.DuckDBPyConnection, days: str) -> dict[str, Days]:
    """What every check tells, day by day."""
    scope = scope_of(SHOP, parse({"period": "28d"})[0], slug="quality", now=NOW, tab="checks")
    params = {**scope.params(), "reconciled_days": days}
    found: dict[str, Days] = {}
    for check in CHECKS:
        query = queries.load(check.query)
        result = db.execute(query.sql, {name: params[name] for name in query.params}).fetchall()
        found[check.name] = [dict(zip(query.columns, row, strict=True)) for row in result]
    return found
