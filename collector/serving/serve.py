"""`r46 serve` and `r46 engine`: everything in one process, or an engine beside its workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from collector.control import Control, opened
from collector.control.around import origins_of
from collector.control.sealing import seal_at_start
from collector.forwarder.figures import Figures
from collector.forwarder.reading import Reading, ledger_file
from collector.history import StoreHistory
from collector.serving import metrics, quality, servers, shadow, telling, workers
from collector.serving.chores import Chores
from collector.serving.collect import collector_app, spare_collections, utc_now
from collector.serving.engine import Engine, local_app
from collector.serving.forwarding import Forwarding
from collector.serving.local import announce, socket_path, was_announced, withdraw
from collector.serving.sending import tested_now
from collector.settings import Settings
from collector.store import Reader
from collector.wire import History
from dashboard.app import dashboard
from dashboard.settled import SettledReader
from dashboard.site import PATIENCE

AFTER_CRASH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A further application beside the collector, on a port of its own (the demo shop)."""

    port: int
    app: Callable[[], Any]


async def serve(
    settings: Settings,
    say: Callable[[str], None],
    *,
    collecting: bool = True,
    site: Site | None = None,
) -> None:
    """Run until a signal comes. `say` gets the lines a person should read.

    With `collecting` false only the engine half runs: loader, live tail and dashboard.
    """
    stop = asyncio.Event()
    servers.stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        patience = AFTER_CRASH_SECONDS if was_announced(settings.data) else 0
        public = await servers.bind_after_crash(settings.host, settings.port, patience)
        control = opened(settings)
        stack.callback(control.close)
        control.installation.serves(origins_of(settings))
        seal_at_start(control.sealing)
        engine = Engine(settings, control, utc_now)
        stack.callback(engine.close)
        engine.start()
        engine.beside("telling", telling.chores(settings, engine, control, utc_now))
        figures = Figures()
        forwarding = Forwarding(settings, engine, control, figures)
        forwarding.start()
        stack.callback(forwarding.close)
        engine.beside("membership", Chores((forwarding.chore,)))
        history = StoreHistory(engine.store.reader(), utc_now, engine.caught_up)
        stack.callback(history.close)
        pages = dashboard(
            _reader(settings, engine),
            control,
            engine.tail,
            clock=utc_now,
            origin=settings.origin,
            address=settings.dashboard_address,
            patience=PATIENCE,
            ledgers=lambda destination_id: Reading(ledger_file(settings.data, destination_id)),
            tester=lambda stored: asyncio.run(tested_now(settings, control, stored, utc_now())),
        )
        pages = metrics.before(
            pages, metrics.sources_of(settings, engine, control, figures), settings.metrics_token
        )
        commands = quality.routes(engine, control, utc_now, {shadow.PATH: partial(shadow.shadow, settings)})
        listeners = [_local(settings, local_app(engine, pages, control, history, commands))]
        stack.callback(withdraw, settings.data)
        supervised = collecting and settings.workers > 0
        if not supervised:
            app = await _front(stack, settings, control, pages, history) if collecting else pages
            listeners.append(servers.Listener(app=app, socket=public))
        if settings.dashboard_port and settings.dashboard_port != settings.port:
            beside = servers.bind_tcp(settings.host, settings.dashboard_port)
            listeners.append(servers.Listener(app=pages, socket=beside))
        if site is not None:
            listeners.append(
                servers.Listener(app=site.app(), socket=servers.bind_tcp(settings.host, site.port))
            )
        spare_collections()
        _greet(settings, control, say)
        async with asyncio.TaskGroup() as group:
            if supervised:
                group.create_task(workers.supervise(settings, public, stop))
            await servers.run(listeners, stop, settings.shutdown_seconds)


def _reader(settings: Settings, engine: Engine) -> Reader:
    """What pages ask: prepared days where they are kept."""
    reader = engine.store.reader()
    return SettledReader(reader) if settings.settle_seconds > 0 else reader


async def _front(
    stack: AsyncExitStack, settings: Settings, control: Control, pages: Any, history: History
) -> Any:
    """The collector, with the dashboard behind it unless that has a port of its own."""
    apart = settings.dashboard_port and settings.dashboard_port != settings.port
    fallback = None if apart else pages
    return await collector_app(stack, settings, control, history=history, fallback=fallback)


def _local(settings: Settings, app: Any) -> servers.Listener:
    address = socket_path(settings.data)
    listener = servers.Listener(app=app, socket=servers.bind_unix(address))
    announce(settings.data, address)
    return listener


def _greet(settings: Settings, control: Control, say: Callable[[str], None]) -> None:
    token = control.issue_link(time.time())
    say(f"collector  {settings.origin}")
    say(
        f"dashboard  {settings.dashboard_origin}/signin?token={token}  (signs in once; `r46 link` makes another)"
    )
