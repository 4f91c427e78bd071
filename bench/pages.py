"""How long a page of 90 days takes, asked over HTTP from a running server, at one and at ten million events.

Each page is asked of a server that prepares days (rollup) and of one that prepares none (raw).
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import history
from bench.report import Report
from collector.control import Control
from collector.demo import SHOP
from collector.serving.engine import open_store
from collector.serving.settle import Settling
from collector.settings import Settings
from tests.live import sign_in
from tests.server import Server

PAGES = (
    "overview",
    "recommendations",
    "orders",
    "quality",
    "live",
    "claims",
    "funnels",
    "segments",
    "retention",
    "search",
    "products",
    "carts",
    "campaigns",
    "experiments",
)

TIMES = 7
RAW_TIMES = 3


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = history.make(Path(place) / "data", report)
        _measure(report, settings, "1 M")
        history.multiply(settings.store_file, 10)
        _measure(report, settings, "10 M")


def _measure(report: Report, settings: Settings, size: str) -> None:
    _settle(report, settings, size)
    rollup = _ask_all(settings, TIMES)
    raw = _ask_all(replace(settings, settle_seconds=0.0), RAW_TIMES)
    for page in PAGES:
        report.add(
            f"{page}, 90 days at {size} events, ms",
            statistics.median(rollup[page]),
            f"worst of {TIMES}: {rollup[page][-1]:.0f}; raw {statistics.median(raw[page]):.0f}",
        )


def _settle(report: Report, settings: Settings, size: str) -> None:
    """Prepare every day that is over, as the chore of a running engine does."""
    clock = datetime.now(UTC)
    store = open_store(settings, lambda: clock)
    control = Control(settings.control_file)
    started, days = time.perf_counter(), 0
    chore = Settling(store.reader(), store.settler(), control.shops, clock=lambda: clock)
    for day in chore.waiting():
        store.settler().settle(day)
        days += 1
    spent = time.perf_counter() - started
    control.close()
    store.close()
    report.add(f"settling a day of one part at {size} events, ms", 1000 * spent / max(1, days))


def _ask_all(settings: Settings, times: int) -> dict[str, list[float]]:
    """Milliseconds of each page, sorted; the first answer of each is not counted."""
    server = Server(settings.data, environ={"R46_SETTLE_SECONDS": str(settings.settle_seconds)})
    server.start()
    try:
        cookie = sign_in(server)
        asked = {page: f"/{page}?shop={SHOP.shop_id}&period=90d&whole=1" for page in PAGES}
        return {
            page: sorted([_ask(server, path, cookie) for _ in range(times + 1)][1:])
            for page, path in asked.items()
        }
    finally:
        server.stop()


def _ask(server: Server, path: str, cookie: str) -> float:
    """Milliseconds to the last byte."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie})
    response = connection.getresponse()
    body = response.read()
    spent = (time.perf_counter() - started) * 1000
    connection.close()
    assert response.status == 200, body[:500]
    return spent
