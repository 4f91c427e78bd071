"""What the commands do, apart from how they are typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.control import Control
from collector.errors import OperatorError
from collector.ids import IdMaker, TimeOrderedIds
from collector.importing import orders, rees46, retailrocket
from collector.importing.order_columns import OrderFile
from collector.importing.table import Append, Clock, ImportReport
from collector.importing.table import Progress as Told
from collector.log.segment import SegmentLog
from collector.log.worker import claim_worker
from collector.rebuild import rebuild as run_rebuild
from collector.serving import local
from collector.serving.collect import utc_now
from collector.serving.engine import Engine, follow, open_store
from collector.settings import Settings
from collector.wire import Shop

Say = Callable[[str], None]


def progress_bar() -> Progress:
    """A bar on standard error with what is left; plain lines where that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class Import(Protocol):
    """Brings a file into a log."""

    def __call__(
        self, path: Path, shop: Shop, append: Append, *, now: Clock, ids: IdMaker, progress: Told
    ) -> Coroutine[Any, Any, ImportReport]: ...


def import_rees46(settings: Settings, file: Path, shop_id: str, src: str | None, say: Say) -> None:
    """Read a file of REES46's open data into the log, then have the store load it."""
    _import_file(settings, file, shop_id, partial(rees46.import_rees46, src=src), say)


def import_retailrocket(settings: Settings, file: Path, shop_id: str, say: Say) -> None:
    """Read a file of Retail Rocket's open data into the log, then have the store load it."""
    _import_file(settings, file, shop_id, retailrocket.import_retailrocket, say)


def import_orders(
    settings: Settings, file: Path, shop_id: str, form_of: Callable[[Shop], OrderFile], say: Say
) -> None:
    """Read a shop's own file of order lines into the log, then have the store load it."""
    run = partial(orders.import_orders, form_of(_shop(settings, shop_id)))
    _import_file(settings, file, shop_id, run, say)


def _import_file(settings: Settings, file: Path, shop_id: str, run: Import, say: Say) -> None:
    """Both steps with progress, and what came of them."""
    shop = _shop(settings, shop_id)
    with progress_bar() as bar:
        report = asyncio.run(_import(settings, shop, file, run, bar))
        _load(settings, bar, report.rows)
    counted = ", ".join(f"{name} {count}" for name, count in sorted(report.by_event.items()))
    say(f"read {report.rows} rows ({counted}); refused {report.refused}")


async def _import(settings: Settings, shop: Shop, file: Path, run: Import, bar: Progress) -> ImportReport:
    task = bar.add_task("reading", total=None)
    async with import_log(settings, "import") as log:
        return await run(
            file,
            shop,
            log.append,
            now=utc_now,
            ids=TimeOrderedIds(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


@asynccontextmanager
async def import_log(settings: Settings, name: str) -> AsyncIterator[SegmentLog]:
    """A log of its own for a command, beside those of running collectors."""
    log = SegmentLog(claim_worker(settings.log_dir, prefix=name))
    try:
        yield log
    finally:
        await log.close()


def _load(settings: Settings, bar: Progress, events: int) -> None:
    """Everything durable is in the store when this returns, whoever owns the store."""
    if not local.is_running(settings.data):
        load_offline(settings, bar, events)
        return
    task = bar.add_task("loading, events", total=None)
    for _ in local.stream(settings.data, "/-/caught-up", {}):
        continue
    bar.update(task, total=events, completed=events)


def load_offline(settings: Settings, bar: Progress, events: int) -> None:
    """Bring the store up to the log's end, with no server running; about `events` are expected."""
    task = bar.add_task("loading, events", total=events or None)
    control = Control(settings.control_file)
    engine = Engine(settings, control, utc_now)
    try:
        engine.loader.catch_up(
            lambda loaded, _at, _end: bar.update(task, completed=loaded.events + loaded.duplicates)
        )
    finally:
        engine.close()
        control.close()
    bar.update(task, total=events, completed=events)


def export(settings: Settings, what: str, shop_id: str, out: BinaryIO) -> None:
    """Stream NDJSON to `out`, through the running engine or from the store itself."""
    if what in ("events", "erasures"):
        _shop(settings, shop_id)
    if not local.is_running(settings.data):
        _export_offline(settings, what, shop_id, out)
        return
    for piece in local.stream(settings.data, f"/-/export/{what}", {"shop": shop_id}):
        out.write(piece)
    out.flush()


def _export_offline(settings: Settings, what: str, shop_id: str, out: BinaryIO) -> None:
    from collector.store import export as exports

    control = Control(settings.control_file)
    engine = Engine(settings, control, utc_now)
    try:
        engine.loader.catch_up(None)
        reader = engine.store.reader()
        exported = {
            "events": exports.export_events,
            "rejects": exports.export_refused,
            "erasures": exports.export_erasures,
        }[what]
        for line in exported(reader, shop_id):
            out.write(line)
        out.flush()
    finally:
        engine.close()
        control.close()


def segment_members(settings: Settings, shop_id: str, segment_id: str) -> Iterator[bytes]:
    """Lines of JSON about the visitors of a segment, through the running engine or from the store itself."""
    if local.is_running(settings.data):
        yield from local.stream(settings.data, "/-/segment", {"shop": shop_id, "segment": segment_id})
        return
    from dashboard.segments import members

    control = Control(settings.control_file)
    engine = Engine(settings, control, utc_now)
    try:
        engine.loader.catch_up(None)
        yield from members.lines(engine.store.reader(), control, shop_id, segment_id, utc_now())
    finally:
        engine.close()
        control.close()


def rebuild(settings: Settings, say: Say) -> None:
    """Make the store again from the log, beside the old one, and swap them at the end."""
    lock = local.EngineLock(settings.data)
    control = Control(settings.control_file)
    try:
        with progress_bar() as bar:
            task = bar.add_task("rebuilding, events", total=None)
            loaded = run_rebuild(
                settings.store_file,
                open_store=lambda path: open_store(settings, utc_now, path),
                follow=lambda store: follow(settings, store, control),
                progress=lambda brought, _at, _end: bar.update(task, completed=brought.events),
            )
            bar.update(task, total=loaded.events, completed=loaded.events)
    finally:
        control.close()
        lock.close()
    say(f"rebuilt {loaded.events} events of {loaded.requests} requests")


def _shop(settings: Settings, shop_id: str) -> Shop:
    control = Control(settings.control_file)
    found = control.find(shop_id)
    control.close()
    if found is None:
        raise OperatorError(f"no shop has the id {shop_id!r}; `r46 shop list` shows them")
    return found
