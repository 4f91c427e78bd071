"""What a person waits for: every page in a real Chromium, from the address to the last chart.

    python -m bench --data FOLDER paint

First paint, everything drawn that is seen without scrolling, everything drawn at all, what moved in between,
and the bytes it took without the script that draws charts. Each load is a first visit from a browser that is
open: a new tab, nothing of the dashboard kept. Without a folder, of the simulator's million events. Wanted:
first paint within 300 ms, drawn within 1 s, nothing moves, and Overview within 60 KB.

Measured twice. Together, server and browser share all cores, as they do for nobody: a page's questions and
the page take each other's time. Apart, each has one half of them: nearer to a browser on another machine,
though either has half a machine then.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ViewportSize

from bench import history
from bench.report import Report
from collector.control import Control
from collector.demo import SHOP
from collector.settings import Settings
from dashboard.page import load_pages
from tests.browser import launched
from tests.live import sign_in
from tests.server import Server

TIMES = 5
SETTLE_MS = 3000
QUIET_MS = 250
PERIOD = "90d"
WINDOW = ViewportSize(width=1280, height=800)
CHART_SCRIPT = "/assets/plotly."
WATCH = """
    window.seen = {above: 0, drawn: 0, shift: 0}
    new PerformanceObserver(list => list.getEntries().forEach(entry => { window.seen.shift += entry.value }))
        .observe({type: 'layout-shift', buffered: true})
    const waits = () => [...document.querySelectorAll('.plot, [aria-busy=true]')].filter(part =>
        part.ariaBusy === 'true' || part.checkVisibility() && !part.querySelector('.main-svg'))
    const look = () => {
        const loading = document.readyState === 'loading', left = loading ? [] : waits()
        if (loading || left.some(part => part.getBoundingClientRect().top < innerHeight)) window.seen.above = 0
        else window.seen.above ||= performance.now()
        if (loading || left.length) requestAnimationFrame(look)
        else window.seen.drawn = performance.now()
    }
    requestAnimationFrame(look)
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load of a page: milliseconds since it was asked for, the layout shift score, bytes on the wire."""

    paint: float
    above: float  # what is seen without scrolling is drawn
    drawn: float
    shift: float
    transfer: float
    charts: float

    @classmethod
    def median(cls, loads: Sequence[Load]) -> Load:
        def middle(name: str) -> float:
            return float(statistics.median(getattr(load, name) for load in loads))

        return cls(**{name: middle(name) for name in cls.__slots__})


def run(report: Report, data: Path | None = None) -> None:
    if data is not None:
        _measure(report, data)
        return
    with tempfile.TemporaryDirectory() as place:
        _measure(report, history.make(Path(place) / "data", report).data)


def _measure(report: Report, data: Path) -> None:
    every = sorted(os.sched_getaffinity(0))
    half = len(every) // 2
    _arranged(report, data, "together", every, every)
    if half:
        _arranged(report, data, "apart", every[:half], every[half:])


def _arranged(
    report: Report, data: Path, name: str, serving: Collection[int], browsing: Collection[int]
) -> None:
    """All pages, with the server on some cores and the browser on some."""
    asked = f"?shop={_shop(data)}&period={PERIOD}"
    server = Server(data)
    with _on(serving):
        server.start()
    try:
        cookie = sign_in(server)
        with _on(browsing), launched() as browser:
            window = browser.new_context(viewport=WINDOW)
            _open(window, server.origin, cookie)
            first: Load | None = None
            _say(
                *(f"{name}: median of {TIMES}", "first paint, ms", "above, ms", "drawn, ms"),
                *("moved", "transfer, KB", "charts, KB"),
            )
            for page in load_pages():
                path = f"/{page.slug}{asked}"
                if (status := server.get(path, {"Cookie": cookie}).status) != 200:
                    _say(page.slug, f"answers {status}")
                    continue
                median = Load.median([_load(window, server.origin, path) for _ in range(TIMES)])
                first = first or median
                _tell(report, f"{name}, {page.slug}", median, first)
    finally:
        server.stop()


@contextmanager
def _on(cores: Collection[int]) -> Iterator[None]:
    """What is started here, and this, runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _open(window: BrowserContext, origin: str, cookie: str) -> None:
    """A window of somebody who is signed in. A new one loads pages of the browser's own at first."""
    name, _, value = cookie.partition("=")
    window.add_cookies([{"name": name, "value": value, "url": origin}])
    window.add_init_script(WATCH)
    page = window.new_page()
    page.goto(f"{origin}/healthz")
    page.wait_for_timeout(SETTLE_MS)


def _shop(data: Path) -> str:
    """The demo's shop, else the first."""
    control = Control(Settings(data=data).control_file)
    known = [shop.shop_id for shop in control.shops()]
    control.close()
    return SHOP.shop_id if SHOP.shop_id in known else known[0]


def _load(window: BrowserContext, origin: str, path: str) -> Load:
    page = window.new_page()
    page.goto(f"{origin}/healthz")
    wire = window.new_cdp_session(page)
    wire.send("Network.clearBrowserCache")
    page.wait_for_timeout(QUIET_MS)
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on(
        "Network.requestWillBeSent", lambda said: urls.update({said["requestId"]: said["request"]["url"]})
    )
    wire.on(
        "Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]})
    )
    wire.send("Network.enable")
    page.goto(origin + path)
    page.wait_for_function("() => window.seen.drawn > 0")
    page.wait_for_timeout(QUIET_MS)  # what moves late
    seen: dict[str, Any] = page.evaluate(f"({{...window.seen, paint: {PAINTED}}})")
    page.close()
    charts = {one for one, url in urls.items() if CHART_SCRIPT in url}
    return Load(
        paint=seen["paint"],
        above=max(seen["above"], seen["paint"]),
        drawn=max(seen["drawn"], seen["paint"]),
        shift=seen["shift"],
        transfer=sum(size for one, size in sizes.items() if one not in charts),
        charts=sum(size for one, size in sizes.items() if one in charts),
    )


def _tell(report: Report, page: str, load: Load, first: Load) -> None:
    """A line a page: each figure, and how many times the first page's (Overview's) it is."""

    def compared(value: float, of: float) -> str:
        return f"{value:.0f} ({value / of:.2f})"

    _say(
        page,
        compared(load.paint, first.paint),
        compared(load.above, first.above),
        compared(load.drawn, first.drawn),
        f"{load.shift:.4f}",
        compared(load.transfer / 1000, first.transfer / 1000),
        f"{load.charts / 1000:.0f}",
    )
    report.figures |= {
        f"{page}, first paint, ms": load.paint,
        f"{page}, drawn above the fold, ms": load.above,
        f"{page}, drawn, ms": load.drawn,
        f"{page}, layout shift": load.shift,
        f"{page}, transfer without the chart script, bytes": load.transfer,
        f"{page}, chart script, bytes": load.charts,
    }


def _say(*cells: str) -> None:
    print(f"{cells[0]:<26}" + "".join(f"{cell:>17}" for cell in cells[1:]), flush=True)
