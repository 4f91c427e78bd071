"""What a person waits for: every page in a real Chromium, from the address to the last chart.

    python -m bench --data FOLDER paint

First paint, everything drawn, what moved in between, and the bytes it took without the script that draws
charts. Each load is a first visit: nothing is in the browser's memory. Without a folder, of the
simulator's million events. Wanted: first paint within 300 ms, drawn within 1 s, nothing moves, and
Overview within 60 KB.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ViewportSize

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
PERIOD = "90d"
WINDOW = ViewportSize(width=1280, height=800)
CHART_SCRIPT = "/assets/plotly."
WATCH = """
    window.seen = {drawn: 0, shift: 0}
    new PerformanceObserver(list => list.getEntries().forEach(entry => { window.seen.shift += entry.value }))
        .observe({type: 'layout-shift', buffered: true})
    const look = () => {
        const waits = [...document.querySelectorAll('.plot')].some(p => p.checkVisibility() && !p.querySelector('.main-svg'))
        if (document.readyState === 'loading' || waits || document.querySelector('[aria-busy=true]'))
            requestAnimationFrame(look)
        else
            window.seen.drawn = performance.now()
    }
    requestAnimationFrame(look)
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load of a page: milliseconds since it was asked for, the layout shift score, bytes on the wire."""

    paint: float
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
    asked = f"?shop={_shop(data)}&period={PERIOD}"
    server = Server(data)
    server.start()
    try:
        cookie = sign_in(server)
        with launched() as browser:
            _load(browser, f"{server.origin}/overview{asked}", cookie)  # the server's first
            first: Load | None = None
            _say(f"median of {TIMES}", "first paint, ms", "drawn, ms", "moved", "transfer, KB", "charts, KB")
            for page in load_pages():
                path = f"/{page.slug}{asked}"
                if (status := server.get(path, {"Cookie": cookie}).status) != 200:
                    _say(page.slug, f"answers {status}")
                    continue
                median = Load.median([_load(browser, server.origin + path, cookie) for _ in range(TIMES)])
                first = first or median
                _tell(report, page.slug, median, first)
    finally:
        server.stop()


def _shop(data: Path) -> str:
    """The demo's shop, else the first."""
    control = Control(Settings(data=data).control_file)
    known = [shop.shop_id for shop in control.shops()]
    control.close()
    return SHOP.shop_id if SHOP.shop_id in known else known[0]


def _load(browser: Browser, address: str, cookie: str) -> Load:
    context = browser.new_context(viewport=WINDOW)
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": address}])
    context.add_init_script(WATCH)
    page = context.new_page()
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire = context.new_cdp_session(page)
    wire.on(
        "Network.requestWillBeSent", lambda said: urls.update({said["requestId"]: said["request"]["url"]})
    )
    wire.on(
        "Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]})
    )
    wire.send("Network.enable")
    page.goto(address)
    page.wait_for_function("() => window.seen.drawn > 0")
    page.wait_for_timeout(250)  # what moves late
    seen: dict[str, Any] = page.evaluate(f"({{...window.seen, paint: {PAINTED}}})")
    context.close()
    charts = {one for one, url in urls.items() if CHART_SCRIPT in url}
    return Load(
        paint=seen["paint"],
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
        compared(load.drawn, first.drawn),
        f"{load.shift:.4f}",
        compared(load.transfer / 1000, first.transfer / 1000),
        f"{load.charts / 1000:.0f}",
    )
    report.figures |= {
        f"{page}, first paint, ms": load.paint,
        f"{page}, drawn, ms": load.drawn,
        f"{page}, layout shift": load.shift,
        f"{page}, transfer without the chart script, bytes": load.transfer,
        f"{page}, chart script, bytes": load.charts,
    }


def _say(*cells: str) -> None:
    print(f"{cells[0]:<18}" + "".join(f"{cell:>17}" for cell in cells[1:]), flush=True)
