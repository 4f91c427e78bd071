"""How long a page takes, asked over HTTP from a running server, at one and at ten million events."""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from pathlib import Path

from bench import history
from bench.report import Report
from collector.demo import SHOP
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
    "campaigns",
    "experiments",
)
"""Carts is not among them: the copies of the history have no cart moves."""

TIMES = 7


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = history.make(Path(place) / "data", report)
        _measure(report, settings.data, "1 M")
        history.multiply(settings.store_file, 10)
        _measure(report, settings.data, "10 M")


def _measure(report: Report, data: Path, size: str) -> None:
    server = Server(data)
    server.start()
    try:
        cookie = sign_in(server)
        for page in PAGES:
            spent = sorted(_ask(server, f"/{page}?shop={SHOP.shop_id}", cookie) for _ in range(TIMES))
            report.add(
                f"{page} at {size} events, ms", statistics.median(spent), f"worst of {TIMES}: {spent[-1]:.0f}"
            )
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
