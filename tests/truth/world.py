"""Simulated histories in a real store, and the pages' own questions about them."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from collector.enrich.batch import BatchEnricher
from collector.ids import TimeOrderedIds
from collector.log import Chunk, Position
from collector.record import Record, encode
from collector.simulator.history import History
from collector.simulator.scenario import Scenario
from collector.simulator.truth import Truth
from collector.store.duckdb import DuckStore
from collector.wire import Shop
from dashboard.answers import Sources, answer
from dashboard.filters import Filters
from dashboard.now import LiveTables
from dashboard.page import Missing
from dashboard.scope import scope_of
from tests.dashboard.attribution_site import Silence
from tests.dashboard.shop_world import OneKey

NOW = datetime(2026, 3, 30, 11, 30, tzinfo=UTC)  # the day after Berlin's clocks went forward
SHOP = Shop(shop_id="0123456789abcdef0123456789abcd", currency="EUR", timezone="Europe/Berlin")
HARD = Scenario(
    days=5,
    visitors=150,
    pays=3,
    second_devices=0.3,
    shared_devices=0.3,
    accounts=0.6,
    bots=0.03,
    monitors=0.06,
    duplicates=0.05,
    reloads=0.1,
    server_copies=0.4,
    server_orders=0.3,
    late=0.05,
    skew=0.2,
    broken_clocks=0.02,
    cancelled=0.15,
    returned=0.15,
    edited=0.1,
    split=0.3,
    currencies={"CHF": 0.1, "PLN": 0.1},
    uplift={"all": 0.2},
)
"""Every hard case many times in a short history."""

SMALL = replace(HARD, days=4, visitors=80, pays=20, late=0.1, server_copies=0.8, cancelled=0.3)
"""The same in a few seconds, for telling whether a change breaks anything."""

BATCH = 600  # requests a load, so that sessions, carts, orders and people cross batches
SMALL_BATCH = 350


@dataclass(frozen=True)
class Told:
    """What a history sent, and what is true of it."""

    records: tuple[Record, ...]
    truth: Truth


@cache
def told(seed: int, *, small: bool = False) -> Told:
    scenario = replace(SMALL if small else HARD, seed=seed)
    history = History(scenario, SHOP, now=NOW, ids=TimeOrderedIds(random.Random(seed).randbytes))
    records = tuple(history.records())
    return Told(records, history.truth)


@dataclass(frozen=True)
class Shopkeeper:
    """Asks the store as the dashboard does."""

    store: DuckStore
    filters: Filters = field(
        default=Filters(period="custom", since=NOW.date().replace(day=1), to=NOW.date(), compare="none")
    )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.store.reader().query(sql, max_rows=1_000_000).rows)

    def page(self, name: str, tab: str = "", **changed: Any) -> list[dict[str, Any]]:
        """The rows that a page's question gives under these filters."""
        filters = replace(self.filters, **changed)
        scope = scope_of(SHOP, filters, slug="overview", now=NOW, shops=(SHOP,), tab=tab)
        found = asyncio.run(
            answer(Sources(self.store.reader(), LiveTables(Silence(), NOW), OneKey()), [name], scope)
        )[name]
        assert not isinstance(found, Missing), found
        return [dict(row) for row in found.rows]


@contextmanager
def keeper(folder: Path, records: Sequence[Record], batch: int = BATCH) -> Iterator[Shopkeeper]:
    """A store that has loaded the records in this order, a batch at a time."""
    store = DuckStore.open(folder / "store.duckdb", now=lambda: NOW, threads=2, memory_limit="1GB")
    enricher = BatchEnricher()
    try:
        for place in range(0, len(records), batch):
            lines = [encode(record) for record in records[place : place + batch]]
            start, end = Position(1, place), Position(1, place + len(lines))
            data = b"".join(lines)
            store.load([Chunk(worker="w", start=start, end=end, data=data, records=len(lines))], enricher, {})
        yield Shopkeeper(store)
    finally:
        store.close()


def jumbled(records: Sequence[Record], seed: int) -> list[Record]:
    """The records out of order, some of them twice.

    Requests that tell the same event stay in their order among themselves: the first of
    them counts, and which one was first is not for a test to change.
    """
    rng = random.Random(seed)
    order = list(range(len(records)))
    rng.shuffle(order)
    place = {index: at for at, index in enumerate(order)}
    twins: defaultdict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        for event in record.events:
            twins[event.event_id].append(index)
    for found in twins.values():
        for index, at in zip(sorted(found), sorted(place[one] for one in found), strict=True):
            place[index] = at
    moved = [records[index] for index in sorted(place, key=lambda index: place[index])]
    again = [one for one in moved if rng.random() < 0.05]
    for one in again:
        moved.insert(rng.randrange(moved.index(one) + 1, len(moved) + 1), one)
    return moved


def plain(moment: datetime) -> datetime:
    """UTC without saying so, as the store has it."""
    return moment.astimezone(UTC).replace(tzinfo=None)
