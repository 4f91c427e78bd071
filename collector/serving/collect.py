"""A collector process: HTTP in, log out. It never imports the store's engine."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from collector.adapters import load_adapters
from collector.app import AsgiApp, Collector, Parts
from collector.control import Control
from collector.counts import FOLDER, Taken, Telling
from collector.feeds import paths as feeds
from collector.history.remote import RemoteHistory
from collector.ids import TimeOrderedIds
from collector.log.segment import SegmentLog
from collector.log.worker import claim_worker
from collector.log.writer import Limits
from collector.script import Script
from collector.serving import servers
from collector.serving.local import announced
from collector.serving.proxy import EngineProxy
from collector.settings import Settings
from collector.wire import History

DASHBOARD_POSTS = frozenset(
    (
        "/add",
        "/campaigns",
        "/carts",
        "/claims",
        "/destinations",
        "/experiments",
        "/funnels",
        "/invite",
        "/language",
        "/overview",
        "/products",
        "/quality",
        "/recommendations",
        "/retention",
        "/search",
        "/segments",
        "/settings",
        "/signin",
        "/signout",
        "/sql",
        "/validator/reset",
    )
)
"""Paths that take forms of the dashboard: signing in and out, and every page that has any."""


def spare_collections() -> None:
    """Look for reference cycles rarely: requests leave none, and looking cost a third of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def utc_now() -> datetime:
    return datetime.now(UTC)


async def collector_app(
    stack: AsyncExitStack,
    settings: Settings,
    control: Control,
    *,
    history: History | None = None,
    fallback: AsgiApp | None = None,
) -> Collector:
    """Open this process's log and build the application on it; `stack` closes the log, and what tells counts."""
    limits = Limits(
        segment_bytes=settings.segment_bytes,
        waiting_records=settings.waiting_records,
        waiting_bytes=settings.waiting_bytes,
    )
    worker = claim_worker(settings.log_dir)
    log = SegmentLog(worker, limits=limits)
    stack.push_async_callback(log.close)
    taken = Taken()
    telling = Telling(settings.data / FOLDER, worker.name, taken, lambda: utc_now().timestamp())
    stack.callback(telling.end)
    stack.callback(asyncio.ensure_future(telling.run()).cancel)
    return Collector(
        Parts(
            adapters={**load_adapters(), feeds.ADAPTER.name: feeds.ADAPTER},
            shops=control,
            log=log,
            script=Script.load(),
            clock=utc_now,
            new_id=TimeOrderedIds(),
            body_limit=settings.body_limit,
            history=history,
            taken=taken,
            fallback=fallback,
            fallback_posts=DASHBOARD_POSTS,
            installation=control.installation_id(),
        )
    )


async def collect(settings: Settings, listening: socket.socket, *, proxied: bool, alive: int | None) -> None:
    """Collect until a signal comes, or until the process at the other end of `alive` is gone.

    With `proxied`, what is no tracking path is asked of the engine of this data folder. What is
    stored already is asked of it in any case, and not known while it does not run.
    """
    stop = asyncio.Event()
    servers.stop_on_signals(stop)
    if alive is not None:
        asyncio.get_running_loop().add_reader(alive, stop.set)
    async with AsyncExitStack() as stack:
        control = Control(settings.control_file)
        stack.callback(control.close)
        proxy = EngineProxy(lambda: announced(settings.data)) if proxied else None
        history = RemoteHistory(lambda: announced(settings.data))
        app = await collector_app(stack, settings, control, history=history, fallback=proxy)
        listener = servers.Listener(app=app, socket=listening)
        spare_collections()
        await servers.run([listener], stop, settings.shutdown_seconds)
