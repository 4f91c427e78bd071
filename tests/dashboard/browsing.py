"""A dashboard on a port of its own, and a real browser signed in to it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from collector import record
from collector.log.memory import MemoryLog
from collector.store.reader import CursorPool, DuckReader
from collector.tail import Tail
from dashboard.app import dashboard
from dashboard.desk import Ledgers
from tests.browser import launched
from tests.dashboard.ledgers import sent_on
from tests.dashboard.shop_world import NOW, OneKey, busy_log, view, week

LINKS = [f"link-{number}" for number in range(2000)]


@dataclass(slots=True)
class Running:
    """A dashboard on a port of its own, and the log behind its live page."""

    base: str
    log: MemoryLog
    links: Iterator[str] = field(default_factory=lambda: iter(LINKS))

    def append(self, number: int, **more: Any) -> None:
        """One more product view; from a thread of its own, as a loop already runs in this one."""
        done: Future[None] = Future()
        line = record.encode(view(number, 0, **more))
        threading.Thread(target=lambda: done.set_result(asyncio.run(self.log.append(line)))).start()
        done.result(5)


@contextmanager
def served(
    db: duckdb.DuckDBPyConnection, log: MemoryLog, reader: Any = None, ledgers: Ledgers | None = None
) -> Iterator[Running]:
    """The dashboard over a store and a log, on a free port, as long as the block lasts."""
    tail = Tail(log, clock=lambda: NOW)
    reader = reader or DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    control = OneKey(links=LINKS)
    usual = sent_on(control)
    app = dashboard(reader, control, tail, clock=lambda: NOW, ledgers=ledgers or usual)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}),
        threading.Thread(target=tail.run, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", log)
    server.should_exit = True
    stop.set()
    for thread in threads:
        thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served(week(), busy_log()) as found:
        yield found


@pytest.fixture(scope="module")
def window(running: Running) -> Iterator[Browser]:
    """After the server: an event loop runs in this thread as long as the browser does."""
    with launched() as found:
        yield found


Open = Callable[..., Page]


@pytest.fixture
def opened(window: Browser, running: Running) -> Iterator[Open]:
    """Opens addresses signed in; at the end no console may have complained, and no stranger been asked."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def asked(url: str) -> None:
        if not url.startswith((running.base, "data:")):
            complaints.append(f"asked for {url}")

    def open_(address: str, **options: Any) -> Page:
        context = window.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(f"{running.base}/signin?token={next(running.links)}&next=/signin")
        page.click("button")
        page.goto(running.base + address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
