"""`r46 demo`: a shop with history, its storefront and its dashboard, all on this machine.

The history goes through the real adapter, log and loader. It is made once per data
folder; a folder whose making was interrupted is begun again.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.progress import Progress

from collector import record
from collector.commands import import_log, load_offline, progress_bar
from collector.control import Control
from collector.errors import OperatorError
from collector.ids import TimeOrderedIds
from collector.serving import servers
from collector.serving.collect import utc_now
from collector.serving.serve import Site
from collector.serving.serve import serve as run_serve
from collector.settings import Settings, url_host
from collector.simulator import facts
from collector.simulator.history import History
from collector.simulator.scenario import Scenario
from collector.storefront.app import storefront
from collector.wire import Shop

SHOP = Shop(
    shop_id="46" * 15,
    name="Hearth demo shop",
    currency="EUR",
    timezone="Europe/Berlin",
    known_tools=("buying_now",),
)
FEED_KEY = "hearth-feeds"
WORKER = "demo"
MADE = "demo-history"
APPENDS = 200  # records that wait for one sync


def prepare(settings: Settings, scenario: Scenario, ports: tuple[int, ...]) -> None:
    """Make the shop and its history unless they are there. Shows progress.

    Raises OperatorError at once where a port is taken, before any work is done.
    """
    for port in ports:
        servers.bind_tcp(settings.host, port).close()
    if not (settings.data / MADE).exists():
        fill(settings, scenario, utc_now(), None)


def fill(settings: Settings, scenario: Scenario, now: datetime, truth: Path | None) -> int:
    """The history up to `now` in the data folder, its truth in that file; how many events. Shows progress.

    Raises OperatorError for a folder that holds a history, or another shop's data.
    """
    made = settings.data / MADE
    if made.exists():
        raise OperatorError(f"{settings.data} holds a history already; give another --data")
    if settings.store_file.exists() and not (settings.data / "demo-begun").exists():
        raise OperatorError(f"{settings.data} holds another shop's data; give the demo a folder of its own")
    _begin(settings)
    history = _history(scenario, now)
    with progress_bar() as bar:
        events = asyncio.run(_write(settings, history, bar))
        load_offline(settings, bar, events)
    _tell(truth, history)
    made.write_text(f"{events} events, {scenario.days} days, seed {scenario.seed}\n")
    return events


def write_records(out: Path, scenario: Scenario, now: datetime, truth: Path | None) -> int:
    """The records of the history in a file, one a line, and its truth in another; how many events."""
    history = _history(scenario, now)
    events = 0
    with out.open("wb") as file, progress_bar() as bar:
        task = bar.add_task("making history, days", total=scenario.days)
        for made in history.records():
            events += len(made.events)
            file.write(record.encode(made))
            bar.update(task, completed=history.day)
        bar.update(task, completed=scenario.days)
    _tell(truth, history)
    return events


async def serve(settings: Settings, storefront_port: int, say: Callable[[str], None]) -> None:
    """Collector, dashboard and storefront until a signal comes."""
    address = f"http://{url_host(settings.host)}:{storefront_port}"

    def application() -> object:
        live = f"{settings.dashboard_origin}/live?shop={SHOP.shop_id}"
        return storefront(settings.origin, SHOP.shop_id, live, feed_key=FEED_KEY)

    say(f"storefront {address}")
    await run_serve(settings, say, site=Site(port=storefront_port, app=application))


def _begin(settings: Settings) -> None:
    """An empty folder with the shop in it, marked so that an interruption is seen."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = settings.data / "demo-begun"
    if begun.exists():
        _forget(settings.data)
    begun.write_text("the demo's history is being made, or was interrupted\n")
    control = Control(settings.control_file)
    if control.find(SHOP.shop_id) is None:
        control.add(SHOP)
        public = {"feed_key": FEED_KEY}
        control.add_key(SHOP.shop_id, "feeds", public=public, hashes={}, kept={}, now=time.time())
    control.close()


def _forget(data: Path) -> None:
    for path in data.glob("log/demo*"):
        shutil.rmtree(path)
    for path in data.glob("store.duckdb*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _history(scenario: Scenario, now: datetime) -> History:
    dice = random.Random(scenario.seed)  # noqa: S311 - ids of a demo
    return History(scenario, SHOP, now=now, ids=TimeOrderedIds(dice.randbytes))


def _tell(truth: Path | None, history: History) -> None:
    if truth is not None:
        truth.write_bytes(facts.encode(history.truth, history.scenario))


async def _write(settings: Settings, history: History, bar: Progress) -> int:
    """The whole history into a log of its own; how many events it has."""
    days = history.scenario.days
    task = bar.add_task("making history, days", total=days)
    events = 0
    async with import_log(settings, WORKER) as log:
        waiting: list[asyncio.Task[None]] = []
        for made in history.records():
            events += len(made.events)
            waiting.append(asyncio.create_task(log.append(record.encode(made))))
            if len(waiting) >= APPENDS:
                await asyncio.gather(*waiting)
                waiting.clear()
                bar.update(task, completed=history.day)
        await asyncio.gather(*waiting)
    bar.update(task, completed=days)
    return events
