"""One batch: from records in the log's bytes to rows of every table, set by set, inside a transaction.

Nothing of an event ever becomes part of SQL text: files hold the SQL, values are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb

from collector.log import Position
from collector.store import Enricher, Loaded, ShopRules
from collector.store.bytesource import as_path
from collector.store.identify import identify
from collector.store.statements import run

SMALLEST_BUFFER = 2 * 1024 * 1024
"""Bytes of one record that are always readable; larger ones get a buffer of their size."""

AROUND = timedelta(hours=1)
SERVER_TIMED = timedelta(days=30)
RANGES = 8


@dataclass(frozen=True, slots=True)
class Census:
    """What kinds of events a batch has."""

    keyed: bool
    items: bool
    tools: bool
    orders: bool
    carts: bool
    marks: bool
    losses: bool


class Unreadable(Exception):
    """The bytes are not records of a known version; nothing was stored."""


def load_rows(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[bytes],
    enricher: Enricher,
) -> Loaded:
    """Insert and derive everything of the parts, which are whole lines. The caller owns the transaction.

    Raises Unreadable or a `duckdb.Error` for bytes that cannot be taken.
    """
    _read(connection, parts)
    _devices(connection, enricher)
    run(connection, "arrived")
    has = _census(connection)
    _arrivals(connection, enricher)
    run(connection, "empty")
    run(connection, "homes")
    if has.keyed:
        _repeated(connection)
    run(connection, "runs", low=_value(connection, "runs_found"))
    if has.orders:
        run(connection, "changed_orders")
    run(connection, "events")
    run(connection, "raws")
    _beside(connection, has)
    late = _sessions(connection)
    if has.marks or late or _value(connection, "count_shared"):
        identify(connection, late=late)
    if _value(connection, "count_cart_visitors"):
        run(connection, "removals")
    if _value(connection, "count_dirty_orders"):
        run(connection, "orders")
        run(connection, "returns")
        run(connection, "order_rows")
    _feeds(connection, has)
    run(connection, "rollup_touched", low=_value(connection, "rollup_since"))
    return _loaded(connection)


def tell_rules(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, ShopRules]) -> None:
    """Shops' rules for the batches to come; `load_rows` needs to have been told once."""
    run(
        connection,
        "rules",
        shops=list(rules),
        gaps=[rule.session_gap_s for rule in rules.values()],
        cancelled=[list(rule.cancelled_statuses) for rule in rules.values()],
    )


def save_positions(connection: duckdb.DuckDBPyConnection, ends: Mapping[str, Position]) -> None:
    """Where reading continues, stored with the rows it belongs to."""
    for worker, end in ends.items():
        run(connection, "positions", worker=worker, segment=end.segment, position=end.offset)


def _read(connection: duckdb.DuckDBPyConnection, parts: Sequence[bytes]) -> None:
    longest = max(len(line) for part in parts for line in part.split(b"\n"))
    with as_path(parts) as path:
        run(connection, "lines", path=path, size=max(SMALLEST_BUFFER, longest + 2))
    if _value(connection, "unreadable"):
        raise Unreadable("a record of an unknown version, or without its necessary parts")


def _devices(connection: duckdb.DuckDBPyConnection, enricher: Enricher) -> None:
    agents = [row[0] for row in run(connection, "distinct_agents").fetchall()]
    browsers, systems, kinds, bots = _columns(enricher.devices(agents), 4)
    run(connection, "agents", agents=agents, browsers=browsers, systems=systems, kinds=kinds, bots=bots)


def _arrivals(connection: duckdb.DuckDBPyConnection, enricher: Enricher) -> None:
    pairs = run(connection, "distinct_arrivals").fetchall()
    pages, referrers = _columns(pairs, 2)
    names = ("sources", "mediums", "campaigns", "contents", "terms", "hosts", "channels")
    found = _columns(enricher.arrivals([(page or None, referrer or None) for page, referrer in pairs]), 7)
    run(connection, "arrivals", pages=pages, referrers=referrers, **dict(zip(names, found, strict=True)))


def _repeated(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, "keyed")
    days: list[datetime] = [row[0] for row in run(connection, "keyed_days").fetchall()]
    for since, until in day_ranges(days):
        run(connection, "known_by_time", since=since, until=until)
    oldest = _value(connection, "keyed_receipt")
    if oldest is not None:
        run(connection, "known_by_receipt", since=oldest - SERVER_TIMED)
    run(connection, "repeated")


def day_ranges(days: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Half-open ranges around the days, at most `RANGES`: the narrowest gaps are bridged first.

    `days` ascend. A few late events do not widen the search to everything in between.
    """
    gaps = sorted((after - before, after) for before, after in pairwise(days))
    cuts = {after for gap, after in gaps[-(RANGES - 1) :] if gap > timedelta(days=1)}
    found: list[tuple[datetime, datetime]] = []
    for day in days:
        until = day + timedelta(days=1) + AROUND
        if found and day not in cuts:
            found[-1] = (found[-1][0], until)
        else:
            found.append((day - AROUND, until))
    return found


def _beside(connection: duckdb.DuckDBPyConnection, has: Census) -> None:
    """Rows that stand beside the events."""
    if has.items:
        run(connection, "items")
    if has.keyed:
        run(connection, "repeats_refused")
    if has.tools:
        run(connection, "touches")
    if has.orders:
        run(connection, "order_versions")
    if has.carts:
        run(connection, "carts")
    if has.losses:
        run(connection, "losses")


def _sessions(connection: duckdb.DuckDBPyConnection) -> bool:
    """Sessions of the batch; whether some had to be told again."""
    run(connection, "session_parts")
    late = bool(_value(connection, "count_late"))
    if late:
        run(connection, "late_groups")
        run(connection, "late", since=_value(connection, "late_since"))
        run(connection, "sessions_late")
    run(connection, "sessions")
    return late


def _feeds(connection: duckdb.DuckDBPyConnection, has: Census) -> None:
    """What the feeds are answered from, once orders and visitors are told."""
    if has.items:
        run(connection, "feed_interest")
    if _value(connection, "count_dirty_orders"):
        run(connection, "feed_pairs")


def _census(connection: duckdb.DuckDBPyConnection) -> Census:
    return Census(*(bool(flag) for flag in run(connection, "census").fetchall()[0]))


def _loaded(connection: duckdb.DuckDBPyConnection) -> Loaded:
    requests, events, duplicates, refused = run(connection, "loaded").fetchall()[0]
    return Loaded(requests=requests, events=events, duplicates=duplicates, refused=refused)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _value(connection: duckdb.DuckDBPyConnection, name: str) -> Any:
    row = run(connection, name).fetchone()
    return row[0] if row else None
