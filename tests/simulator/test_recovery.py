"""The store recovers the truth from the log: sessions, orders, lines and touches."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from collector.enrich.batch import BatchEnricher
from collector.log import Chunk, Position
from collector.record import encode
from collector.store import Reader
from collector.store.duckdb import DuckStore
from dashboard.queries import load
from tests.simulator.made import NOW, SHOP, made

BATCH = 1_500  # requests a load, so that sessions, carts and orders cross batches


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("store") / "store.duckdb"
    store = DuckStore.open(path, now=lambda: NOW, threads=2, memory_limit="1GB")
    enricher = BatchEnricher()
    lines = _lines()
    for place in range(0, len(lines), BATCH):
        batch = lines[place : place + BATCH]
        chunk = Chunk(
            worker="demo",
            start=Position(1, place),
            end=Position(1, place + len(batch)),
            data=b"".join(batch),
            records=len(batch),
        )
        store.load([chunk], enricher, {})
    yield store.reader()
    store.close()


@cache
def _lines() -> list[bytes]:
    return [encode(record) for record in made().records]


def rows(reader: Reader, sql: str) -> list[tuple[Any, ...]]:
    return list(reader.query(sql, max_rows=1_000_000).rows)


def ask(reader: Reader, name: str) -> list[dict[str, Any]]:
    """The answer of a dashboard's question for the whole history."""
    query = load(name)
    params = {
        "preset": "rees46",
        "zone": "UTC",
        "model": "last",
        "shop": SHOP.shop_id,
        "currency": "EUR",
        "start": _plain(NOW - timedelta(days=30)),
        "until": _plain(NOW),
        "id": None,
    }
    return reader.query(
        query.sql, {name: params[name] for name in query.params}, max_rows=query.max_rows
    ).dicts()


def test_events_are_stored_once_each(reader: Reader) -> None:
    assert dict(rows(reader, "select event, count(*) from events group by event")) == made().truth.events


def test_what_is_not_counted_is_kept_with_its_outcome(reader: Reader) -> None:
    truth = made().truth
    assert dict(rows(reader, "select outcome, count(*) from refused group by outcome")) == {
        "duplicate": truth.duplicates,
        "ignored": truth.ignored,
        "quarantined": truth.quarantined,
    }


def test_sessions_are_the_true_sessions(reader: Reader) -> None:
    stored = {
        row[0]: row[1:]
        for row in rows(
            reader,
            """
            select session_id, device_id, channel, started_at, ended_at, events, page_views, item_views,
                   cart_adds, searches
            from sessions
            """,
        )
    }
    true = {
        session_id: (
            session.device_id,
            session.channel,
            _plain(session.started_at),
            _plain(session.ended_at),
            session.events.total(),
            session.events["page_view"],
            session.events["view_item"],
            session.events["add_to_cart"],
            session.events["search"],
        )
        for session_id, session in made().truth.sessions.items()
    }
    assert stored == true


def test_orders_and_lines_hold_the_true_revenue_to_the_last_digit(reader: Reader) -> None:
    orders = dict(rows(reader, "select order_key, revenue from orders"))
    lines: dict[str, dict[str, Decimal]] = {}
    for key, item_id, revenue in rows(reader, "select order_key, item_id, revenue from order_lines"):
        lines.setdefault(key, {})[item_id] = revenue
    true = made().truth.orders
    assert orders == {order_id: order.revenue for order_id, order in true.items()}
    assert lines == {
        order_id: {line.product_id: line.revenue for line in order.lines} for order_id, order in true.items()
    }


def test_touches_are_the_true_touches(reader: Reader) -> None:
    stored = rows(
        reader,
        """
        select kind, recommended_by, recommended_code, count(*)
        from touches
        where family = 'storefront' or kind = 'message_click'
        group by all
        """,
    )
    assert Counter({(kind, by, code): count for kind, by, code, count in stored}) == made().truth.touches


def test_the_last_touch_credits_every_line_to_the_tool_that_truly_earned_it(reader: Reader) -> None:
    credited = {
        (row["order_key"], row["item_id"]): (
            row["recommended_by"],
            row["recommended_code"] or None,
            row["revenue"],
        )
        for row in ask(reader, "attribution/credits")
    }
    assert credited == {
        (order.order_id, line.product_id): (*(line.earned_by or (None, None)), line.revenue)
        for order in made().truth.orders.values()
        for line in order.lines
    }


def test_the_last_message_of_48_hours_takes_the_whole_order(reader: Reader) -> None:
    taken = {
        row["order_key"]: (row["recommended_by"], row["recommended_code"])
        for row in ask(reader, "attribution/rees46_messages")
    }
    assert taken == {
        order.order_id: order.message for order in made().truth.orders.values() if order.message is not None
    }


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
