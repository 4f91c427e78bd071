"""`r46 demo`: a shop with history, its storefront and its dashboard, all on this machine.

The history goes through the real adapter, log and loader. It is made once per data
folder; a folder whose making was interrupted is begun again.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
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
from collector.simulator.history import History, Scenario
from collector.storefront.app import storefront
from collector.wire import Shop

SHOP = Shop(
    shop_id="46" * 15,
    name="Hearth demo shop",
    currency="EUR",
    timezone="Europe/Berlin",
    known_tools=("buying_now",),
)
WORKER = "demo"
APPENDS = 200  # records that wait for one sync


def prepare(settings: Settings, scenario: Scenario, ports: tuple[int, ...]) -> None:
    """Make the shop and its history unless they are there. Shows progress.

    Raises OperatorError at once where a port is taken, before any work is done.
    """
    for port in ports:
        servers.bind_tcp(settings.host, port).close()
    made = settings.data / "demo-history"
    if made.exists():
        return
    if settings.store_file.exists() and not (settings.data / "demo-begun").exists():
        raise OperatorError(f"{settings.data} holds another shop's data; give the demo a folder of its own")
    _begin(settings)
    with progress_bar() as bar:
        events = asyncio.run(_write(settings, scenario, bar))
        load_offline(settings, bar, events)
    made.write_text(f"{events} events, {scenario.days} days, seed {scenario.seed}\n")


async def serve(settings: Settings, storefront_port: int, say: Callable[[str], None]) -> None:
    """Collector, dashboard and storefront until a signal comes."""
    address = f"http://{url_host(settings.host)}:{storefront_port}"

    def application() -> object:
        live = f"{settings.dashboard_origin}/live?shop={SHOP.shop_id}"
        return storefront(settings.origin, SHOP.shop_id, live)

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
    control.close()


def _forget(data: Path) -> None:
    for path in data.glob("log/demo*"):
        shutil.rmtree(path)
    for path in data.glob("store.duckdb*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


async def _write(settings: Settings, scenario: Scenario, bar: Progress) -> int:
    """The whole history into a log of its own; how many events it has."""
    now = utc_now()
    dice = random.Random(scenario.seed)  # noqa: S311 - ids of a demo
    history = History(scenario, SHOP, now=now, ids=TimeOrderedIds(dice.randbytes))
    task = bar.add_task("making history, days", total=scenario.days)
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
    bar.update(task, completed=scenario.days)
    return events
