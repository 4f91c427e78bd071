"""Small worlds of records for tests of the store: written as the log holds them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from collector import record
from collector.event import DecimalText, Event, EventName, Item
from collector.ids import TimeOrderedIds, keyed_id
from collector.log import Chunk, Position
from collector.record import RawRecord, Record, Refused
from collector.store import Loaded, ShopRules
from collector.store.duckdb import DuckStore

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DERIVED = (
    "events",
    "items",
    "sessions",
    "orders",
    "order_lines",
    "touches",
    "cart_moves",
    "cart_removals",
    "losses",
    "visitor_nodes",
    "visitor_ids",
)


class PlainEnricher:
    """Enrichment by the simplest rules that tell values apart."""

    def devices(self, user_agents: Sequence[str]) -> list[tuple[str | None, str | None, str, bool]]:
        return [(agent[:4] or None, None, "desktop", "bot" in agent) for agent in user_agents]

    def arrivals(
        self, pairs: Sequence[tuple[str | None, str | None]]
    ) -> list[tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None]]:
        return [_arrival(page, referrer) for page, referrer in pairs]


def _arrival(
    page: str | None, referrer: str | None
) -> tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None]:
    source = page.partition("utm_source=")[2] if page else ""
    host = referrer.split("/")[2] if referrer and referrer.startswith("https://") else None
    channel = None if page is None and referrer is None else source or host or "direct"
    return source or None, None, None, None, None, host, channel


class Sender:
    """Makes requests with ids that are the same in every run."""

    def __init__(self, seed: int = 1, shop_id: str = "shop-1") -> None:
        self.random = random.Random(seed)
        self.new_id = TimeOrderedIds(self.random.randbytes)
        self.shop_id = shop_id

    def event(self, name: EventName, ts: datetime, **fields: Any) -> Event:
        return Event(
            event=name,
            event_id=fields.pop("event_id", None) or self.new_id(ts),
            ts=ts,
            ts_source=fields.pop("ts_source", "client"),
            **fields,
        )

    def request(
        self,
        events: Sequence[Event],
        *,
        received_at: datetime | None = None,
        user_agent: str = "Firefox",
        refused: Sequence[Refused] = (),
        vendor: str = "rees46",
        endpoint: str = "rees46.push",
    ) -> bytes:
        """One record; events are numbered in their order and received a second after the last of them."""
        moment = received_at or max(event.ts for event in events) + timedelta(seconds=1)
        return record.encode(
            Record(
                request_id=self.new_id(moment),
                received_at=moment,
                shop_id=self.shop_id,
                vendor=vendor,
                endpoint=endpoint,
                user_agent=user_agent,
                raw=RawRecord(method="POST", path="/push", content_type="application/json", body="{}"),
                events=tuple(structs.replace(event, seq=seq) for seq, event in enumerate(events)),
                refused=tuple(refused),
            )
        )


def item(item_id: str, quantity: str | None = None, price: str | None = None, **fields: Any) -> Item:
    return Item(
        item_id=item_id,
        quantity=None if quantity is None else DecimalText(quantity),
        price=None if price is None else DecimalText(price),
        **fields,
    )


def purchase_id(order_key: str, *content: str) -> str:
    return keyed_id("shop-1", "rees46", "purchase", order_key, *content)


def open_store(path: Path) -> DuckStore:
    return DuckStore.open(path, now=lambda: START, threads=2, memory_limit="1GB")


def load(
    store: DuckStore, lines: Sequence[bytes], rules: dict[str, ShopRules] | None = None, *, worker: str = "w"
) -> Loaded:
    """Load lines as the next bytes of a worker's log."""
    start = store.positions().get(worker, Position(1, 0))
    data = b"".join(lines)
    end = Position(start.segment, start.offset + len(data))
    chunk = Chunk(worker=worker, start=start, end=end, data=data, records=len(lines))
    return store.load([chunk], PlainEnricher(), rules or {})


def rows(store: DuckStore, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    return list(store.reader().query(sql, params, max_rows=1_000_000).rows)


def content(store: DuckStore, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table, in an order that depends on nothing but them."""
    return sorted(rows(store, f"select * from {table}"), key=repr)
