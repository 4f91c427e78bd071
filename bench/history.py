"""A store with a million events made by the simulator, and the same ten times over."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import duckdb

from bench.report import Report
from collector import demo, record
from collector.commands import import_log, progress_bar
from collector.control import Control
from collector.ids import TimeOrderedIds
from collector.serving.collect import utc_now
from collector.serving.engine import Engine
from collector.settings import Settings
from collector.simulator.history import History, Scenario

SCENARIO = Scenario(days=90, visitors=1_750)
# Columns that tell one visitor, session, order or event from another.
IDENTITIES = (
    "visitor_id",
    "device_id",
    "session_id",
    "session_key",
    "order_key",
    "transaction_id",
    "touch_id",
    "node",
)
# Rows of several tables that name one event go on doing so.
UUIDS = ("event_id", "request_id")
# Hashes of shop and one of the texts above.
HASHES = {"visitor_hash": "visitor_id", "node_hash": "node"}
TABLES = (
    "events",
    "items",
    "sessions",
    "order_versions",
    "orders",
    "order_lines",
    "touches",
    "cart_moves",
    "cart_removals",
)
"""What is multiplied; prepared days are not, for the server prepares them anew from these."""


def make(data: Path, report: Report) -> Settings:
    """The simulator's million, through adapter, log and loader; what each step took."""
    settings = Settings(data=data)
    control = Control(settings.control_file)
    control.add(demo.SHOP)
    started = time.perf_counter()
    events = asyncio.run(_write(settings))
    made = time.perf_counter()
    engine = Engine(settings, control, utc_now)
    engine.loader.catch_up()
    loaded = time.perf_counter()
    engine.close()
    control.close()
    report.add("history, events", events)
    report.add("history, events/s simulated, decoded and logged", events / (made - started))
    report.add("history, events/s loaded into the store", events / (loaded - made))
    report.add("bytes an event in the store", settings.store_file.stat().st_size / events)
    return settings


async def _write(settings: Settings) -> int:
    dice = random.Random(SCENARIO.seed)
    history = History(SCENARIO, demo.SHOP, now=utc_now(), ids=TimeOrderedIds(dice.randbytes))
    events = 0
    with progress_bar() as bar:
        task = bar.add_task("making history, days", total=SCENARIO.days)
        async with import_log(settings, "bench") as log:
            waiting: list[asyncio.Task[None]] = []
            for made in history.records():
                events += len(made.events)
                waiting.append(asyncio.create_task(log.append(record.encode(made))))
                if len(waiting) >= 500:
                    await asyncio.gather(*waiting)
                    waiting.clear()
                    bar.update(task, completed=history.day)
            await asyncio.gather(*waiting)
    return events


def multiply(store: Path, times: int) -> None:
    """Every row `times` over, with visitors, sessions and orders of their own."""
    with duckdb.connect(str(store)) as connection:
        for table in TABLES:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            chosen = ", ".join(_copied(column) for column in columns)
            connection.execute(
                f"insert into {table} select {chosen} from {table}, range(1, {times}) copies(n)"
                f" order by {_time_of(columns)}"
            )
        connection.execute("checkpoint")


def _copied(column: str) -> str:
    if column in UUIDS:
        return f"md5({column} || '~' || n)::uuid as {column}"
    if column in HASHES:
        return f"md5_number_lower(shop_id || chr(31) || {HASHES[column]} || '~' || n)::ubigint as {column}"
    return f"{column} || '~' || n as {column}" if column in IDENTITIES else f'"{column}"'


def _time_of(columns: list[str]) -> str:
    return next(name for name in ("ts", "started_at", "placed_at") if name in columns)
