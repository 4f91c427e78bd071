"""The engine: the one process that owns the store, follows the log and answers questions."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from collector.control import Control
from collector.enrich.batch import BatchEnricher
from collector.errors import OperatorError
from collector.history import remote
from collector.loader import Loader
from collector.log.reader import SegmentReader
from collector.log.seal import compress_sealed
from collector.log.worker import recover
from collector.serving.chores import Chore, Chores
from collector.serving.exchange import SECONDS as RATES_SECONDS
from collector.serving.exchange import Exchange
from collector.serving.local import EngineLock
from collector.serving.proxy import COMMANDS
from collector.serving.settle import Settling
from collector.settings import Settings
from collector.store import Store, export
from collector.store.duckdb import DuckStore
from collector.tail import Tail
from collector.wire import History, Shops
from dashboard.segments import members
from dashboard.segments.size import measure

COMPRESS_SECONDS = 30.0
SIZES_SECONDS = 3600.0
CATCH_UP_SECONDS = 120.0
IN_STEP_SECONDS = 2.0
"""How far the loader may be behind the log while other work is done beside it."""

_log = logging.getLogger(__name__)


class Engine:
    """Store, loader, live tail and housekeeping of one data folder."""

    def __init__(self, settings: Settings, control: Control, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self.control = control
        self.clock = clock
        self._lock = EngineLock(settings.data)
        self.store = open_store(settings, clock)
        self.loader = follow(settings, self.store, control)
        self.tail = Tail(SegmentReader(settings.log_dir), clock=clock)
        self._chores = Chores(self._chores_of(settings, control, clock))
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Follow the log: load it, show it live, compress what everybody has read."""
        self._run("loader", lambda: self.loader.run(self._stop))
        self._run("tail", lambda: self.tail.run(self._stop))
        self._run("compress", self._compress)
        self._run("chores", lambda: self._chores.run(self._stop))

    def close(self) -> None:
        """Load what is there, then let go of everything."""
        self._stop.set()
        self.store.settler().close()
        for thread in self._threads:
            thread.join(timeout=3)
        self.store.close()
        self._lock.close()

    def caught_up(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Wait until everything durable at this moment is in the store; False if it takes too long."""
        end = SegmentReader(self._settings.log_dir).end()
        return self.loader.wait_until(end, timeout=seconds)

    def beside(self, name: str, chores: Chores) -> None:
        """Further chores in a thread of their own, which may wait for others outside; ended with the engine."""
        self._run(name, lambda: chores.run(self._stop))

    def in_step(self) -> bool:
        """Whether the store has nearly all that was taken, and the engine is not ending."""
        return self.loader.state.lag_s < IN_STEP_SECONDS and not self._stop.is_set()

    @property
    def ending(self) -> bool:
        return self._stop.is_set()

    def _run(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"r46-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _chores_of(
        self, settings: Settings, control: Control, clock: Callable[[], datetime]
    ) -> tuple[Chore, ...]:
        """Rates are told; days that are over are prepared while the loader is in step with the log."""
        exchange = Exchange(control, self.store.rates())
        rates = Chore(name="rates", every_s=RATES_SECONDS, work=exchange.turn)
        sizes = Chore(name="segments", every_s=SIZES_SECONDS, work=self._sizes)
        if settings.settle_seconds <= 0:
            return rates, sizes
        settling = Settling(
            self.store.reader(),
            self.store.settler(),
            control.shops,
            presets=control.presets.of,
            clock=clock,
            ready=self.in_step,
        )
        return rates, sizes, Chore(name="settle", every_s=settings.settle_seconds, work=settling.turn)

    def _sizes(self) -> bool:
        """Sizes of segments are noted by the day; the last of a day stays."""
        measure(self.store.reader(), self.control, self.clock())
        return False

    def _compress(self) -> None:
        while not self._stop.wait(COMPRESS_SECONDS):
            try:
                compress_sealed(self._settings.log_dir, self.loader.positions())
            except OSError as error:
                _log.warning("sealed segments stay uncompressed for now: %s", error)


def follow(settings: Settings, store: Store, control: Control) -> Loader:
    """A loader from the log of this data folder into the store; what crashed writers left is closed."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    recover(settings.log_dir)
    return Loader(SegmentReader(settings.log_dir), store, BatchEnricher(), shops=control.shops)


def open_store(settings: Settings, clock: Callable[[], datetime], path: Path | None = None) -> DuckStore:
    """The store of a data folder (or at `path`); an unreadable one is set aside and begun anew."""
    return DuckStore.open(
        path or settings.store_file,
        memory_limit=settings.store_memory,
        threads=settings.store_threads,
        now=clock,
    )


def local_app(
    engine: Engine, dashboard: Any, shops: Shops, history: History, more: Sequence[Route] = ()
) -> Any:
    """What the engine answers on its unix socket: commands, `more` of them and questions here, else the dashboard."""

    async def events(request: Request) -> Response:
        return await _streamed(
            engine, lambda: export.export_events(engine.store.reader(), request.query_params["shop"])
        )

    async def rejects(request: Request) -> Response:
        shop = request.query_params.get("shop") or None
        return await _streamed(engine, lambda: export.export_refused(engine.store.reader(), shop))

    async def erasures(request: Request) -> Response:
        return await _streamed(
            engine, lambda: export.export_erasures(engine.store.reader(), request.query_params["shop"])
        )

    async def segment(request: Request) -> Response:
        asked = request.query_params
        try:
            found = members.lines(
                engine.store.reader(), engine.control, asked["shop"], asked["segment"], engine.clock()
            )
        except OperatorError as error:
            return PlainTextResponse(str(error), 404)
        return await _streamed(engine, lambda: found)

    async def caught_up(request: Request) -> Response:
        done = await run_in_threadpool(engine.caught_up)
        return PlainTextResponse("caught up" if done else "behind", 200 if done else 503)

    async def ask(request: Request) -> Response:
        return await _told(await request.body(), shops, history)

    commands = Starlette(
        routes=[
            Route("/-/export/events", events),
            Route("/-/export/rejects", rejects),
            Route("/-/export/erasures", erasures),
            Route("/-/segment", segment),
            Route("/-/caught-up", caught_up),
            Route(remote.PATH, ask, methods=["POST"]),
            *more,
        ]
    )

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        target = commands if scope["path"].startswith(COMMANDS) else dashboard
        await target(scope, receive, send)

    return app


async def _told(body: bytes, shops: Shops, history: History) -> Response:
    """The answer for a collector process; nothing (204) where it cannot be told."""
    try:
        asked = msgspec.json.decode(body, type=remote.Asked)
    except msgspec.MsgspecError:
        return PlainTextResponse("not a question", 400)
    shop = shops.find(asked.shop_id)
    told = None if shop is None else await history.answer(shop, asked.ask)
    if told is None:
        return Response(status_code=204)
    return Response(msgspec.json.encode(told), media_type="application/json")


async def _streamed(engine: Engine, lines: Callable[[], Iterator[bytes]]) -> Response:
    if not await run_in_threadpool(engine.caught_up):
        return PlainTextResponse("the store is behind the log; try again later", 503)

    async def body() -> AsyncIterator[bytes]:
        async for line in iterate_in_threadpool(lines()):
            yield line

    return StreamingResponse(body(), media_type="application/x-ndjson")
