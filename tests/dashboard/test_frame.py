"""The frame of a page in a real browser: panels that come alone, chips, cards, keys and a bar that fits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from collector.store.reader import CursorPool, DuckReader
from dashboard.app import dashboard
from tests.browser import launched
from tests.dashboard.shop_world import NOW, OneKey, busy_log, tail_of, week
from tests.dashboard.test_panels import Slow

pytestmark = pytest.mark.browser
LINKS = [f"link-{number}" for number in range(200)]
TOP_PRODUCTS = "item_name"
"""A word of the one question of Overview that is held back."""


@dataclass(slots=True)
class Held:
    """A dashboard whose top products are answered when they are let go."""

    base: str
    reader: Slow
    links: Iterator[str] = field(default_factory=lambda: iter(LINKS))


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    db = week()
    reader: Any = Slow(DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)), TOP_PRODUCTS)
    app = dashboard(reader, OneKey(links=LINKS), tail_of(busy_log()), clock=lambda: NOW, patience=0.5)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield Held(f"http://127.0.0.1:{listening.getsockname()[1]}", reader)
    reader.go.set()
    server.should_exit = True
    thread.join(10)
    listening.close()
    db.close()


@pytest.fixture(scope="module")
def browser_beside(held: Held) -> Iterator[Browser]:
    with launched() as found:
        yield found


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser_beside: Browser, held: Held) -> Iterator[Opened]:
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    held.reader.go.set()

    def open_(address: str, *, quiet: bool = True, **options: Any) -> Page:
        context = browser_beside.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if quiet:
            page.on(
                "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None
            )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{held.base}/signin?token={next(held.links)}&next=/signin")
        page.click("button")
        page.goto(held.base + address)
        return page

    yield open_
    held.reader.go.set()
    for context in contexts:
        context.close()
    assert complaints == []


SHIFT = """() => new Promise(done => { let sum = 0
    new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value }))
        .observe({type: 'layout-shift', buffered: true})
    setTimeout(() => done(sum), 300) })"""


TALL = "document.getElementById('products').getBoundingClientRect().height"


def test_a_slow_panel_comes_by_itself_and_the_next_time_nothing_moves(opened: Opened, held: Held) -> None:
    held.reader.go.clear()
    asked = len(held.reader.asked)
    page = opened("/overview?period=7d", viewport={"width": 1280, "height": 2000})
    assert page.inner_text("[data-card=revenue]") == "€170.50"
    assert page.locator("#products[aria-busy=true]").count() == 1
    assert page.locator("#channels tbody tr").count() == 4
    held.reader.go.set()
    page.wait_for_selector("#products tbody tr")
    assert page.locator("#products[aria-busy]").count() == 0
    assert len(held.reader.asked) == asked + 1
    tall = page.evaluate(TALL)
    held.reader.go.clear()
    page.reload()
    assert page.locator("#products[aria-busy=true]").count() == 1
    held.reader.go.set()
    page.wait_for_selector("#products tbody tr")
    assert page.evaluate(SHIFT) < 0.001
    assert page.evaluate(TALL) == tall


@pytest.mark.parametrize("address", ["/overview?period=7d", "/claims?period=7d", "/funnels?period=7d"])
def test_a_panel_that_came_late_shows_all_of_itself(opened: Opened, held: Held, address: str) -> None:
    page = opened(address, viewport={"width": 1280, "height": 900})
    page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    cut = "[...document.querySelectorAll('.panel')].filter(one => one.scrollHeight > one.clientHeight + 1).length"
    assert page.evaluate(cut) == 0


def test_a_panel_that_takes_long_says_what_it_waits_for(opened: Opened, held: Held) -> None:
    held.reader.go.clear()
    page = opened("/overview?period=7d")
    page.wait_for_function(
        "() => /^Top products: being asked for \\d+ s …$/.test(document.querySelector('#products .asking').textContent)"
    )
    assert page.is_visible("#products progress")


def test_without_scripts_the_page_waits_for_all_of_itself(opened: Opened, held: Held) -> None:
    held.reader.go.clear()
    asked = len(held.reader.asked)
    page = opened("/overview?period=7d", java_script_enabled=False)
    while len(held.reader.asked) < asked + 2:  # by the page, and by the one that it leads to
        page.wait_for_timeout(20)
    held.reader.go.set()
    page.wait_for_url("**/overview?period=7d&whole=1")
    assert page.locator("#products tbody tr").count() > 0


def test_a_part_that_is_lost_can_be_asked_again(opened: Opened, held: Held) -> None:
    held.reader.go.clear()
    page = opened("/orders?period=7d", quiet=False)
    page.route("**/overview?*panel=products*", lambda route: route.abort())
    page.goto(f"{held.base}/overview?period=7d")
    page.wait_for_selector("#products .asking a")
    assert page.text_content("#products .asking") == "The answer did not arrive. Try again"
    assert page.inner_text("[data-card=revenue]") == "€170.50"
    page.unroute("**/overview?*panel=products*")
    held.reader.go.set()
    page.click("#products .asking a")
    page.wait_for_selector("#products tbody tr")


def test_a_card_switches_the_chart_without_a_reload_and_back_goes_back(opened: Opened) -> None:
    page = opened("/overview?period=7d")
    page.wait_for_selector("#trend .main-svg", state="attached")
    page.evaluate("window.stayed = true")
    about = "() => document.querySelector('#trend .plot').getAttribute('aria-label')"
    revenue = page.evaluate(about)
    page.click("a.card:has([data-card=orders])")
    page.wait_for_url("**/overview?period=7d&tab=orders")
    page.wait_for_function(f"() => ({about})() !== {revenue!r}")
    page.wait_for_selector("#trend .main-svg", state="attached")
    assert page.get_attribute("a.card:has([data-card=orders])", "aria-current") == "true"
    assert page.get_attribute("a.card:has([data-card=revenue])", "aria-current") is None
    assert "tab=orders" in (page.get_attribute(".periods li a >> nth=0", "href") or "")
    page.go_back()
    page.wait_for_function(f"() => ({about})() === {revenue!r}")
    assert page.evaluate("window.stayed")
    page.go_forward()
    page.wait_for_url("**tab=orders")
    page.wait_for_function(f"() => ({about})() !== {revenue!r}")
    assert page.evaluate("window.stayed")


def test_a_click_on_a_row_filters_the_page_and_escape_clears_it(opened: Opened) -> None:
    page = opened("/overview?period=7d")
    page.click("#channels a:text-is('E-mail')")
    page.wait_for_url("**only=channel%3Aemail")
    assert page.inner_text(".chip.only a >> nth=0") == "Only visitors who came by: E-mail"
    assert page.inner_text("[data-card=orders]") == "2"
    page.go_back()
    page.wait_for_selector("[data-card=orders] >> text=4")
    page.go_forward()
    page.wait_for_selector(".chip.only")
    page.keyboard.press("Escape")
    page.wait_for_url("**/overview?period=7d")


def test_a_filter_is_typed_after_a_slash(opened: Opened) -> None:
    page = opened("/overview?period=7d")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "by"
    page.keyboard.type("Device")
    page.keyboard.press("Tab")
    page.keyboard.type("mobile")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chip.only")
    assert page.inner_text(".chip.only a >> nth=0") == "Only visitors who used: Mobile"


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("d", "/overview?period=today"),
        ("e", "/overview?period=yesterday"),
        ("w", "/overview?period=7d"),
        ("t", "/overview?period=30d"),
        ("n", "/overview?period=90d"),
        ("m", "/overview?period=month"),
        ("y", "/overview?period=year"),
        ("c", "/overview?compare=none"),
        ("r", "/live"),
    ],
)
def test_a_key_goes_where_the_help_says(opened: Opened, key: str, there: str) -> None:
    page = opened("/overview")
    page.keyboard.press(key)
    page.wait_for_url(f"**{there}")


def test_the_bar_is_one_line_and_leads_everywhere(opened: Opened) -> None:
    page = opened("/quality", viewport={"width": 1280, "height": 800})
    assert page.inner_text(".more > summary") == "Data quality"
    assert page.evaluate("document.querySelector('.pages-menu').getBoundingClientRect().height") < 48
    page.click(".more > summary")
    page.click(".more >> text=Retention")
    page.wait_for_url("**/retention")
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.querySelector('.top').getBoundingClientRect().height") < 60
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".more > summary")
    assert page.is_visible(".more >> text=Overview")
    assert page.is_visible(".more >> text=Sign out")


def test_the_address_of_a_panel_is_copied(opened: Opened, held: Held) -> None:
    page = opened("/overview?period=7d", permissions=["clipboard-read", "clipboard-write"])
    page.click("#trend .about summary")
    page.click("#trend [data-copy]")
    page.wait_for_selector("#trend [data-copy] >> text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{held.base}/overview?period=7d#trend"
