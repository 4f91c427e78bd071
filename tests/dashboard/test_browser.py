"""The pages in a real browser: quiet consoles, nothing that moves, and live by itself."""

from __future__ import annotations

import pytest

from dashboard.page import load_pages
from tests.dashboard.browsing import Open, Running
from tests.dashboard.shop_world import HOSTILE, REQUEST

pytestmark = pytest.mark.browser
ADDRESSES = (
    *(f"/{page.slug}?period=7d" for page in load_pages() if page.slug != "live"),
    "/quality?tab=rules",
    f"/quality/{REQUEST.format(4)}",
    "/orders/o1",
)


SHIFTS = """() => new Promise(done => new PerformanceObserver(list => {
    done(list.getEntries().map(entry => entry.value).reduce((sum, value) => sum + value, 0))
}).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 300))"""


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_fits_every_window_and_does_not_move(opened: Open, address: str) -> None:
    page = opened(address, viewport={"width": 1280, "height": 800})
    for plot in page.query_selector_all(".plot"):
        plot.wait_for_selector(".main-svg", state="attached")
    assert page.evaluate(SHIFTS) < 0.001  # long tables settle their columns while they arrive
    for width in (1280, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_numbers_stand_in_the_page_before_plotly_is_asked_for(opened: Open) -> None:
    page = opened("/overview?period=7d")
    page.wait_for_selector(".main-svg", state="attached")
    times = page.evaluate(
        """() => ({
            paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
            plotly: performance.getEntriesByType('resource').find(e => e.name.includes('/plotly.')).startTime,
        })"""
    )
    assert times["paint"] <= times["plotly"]
    assert page.inner_text("[data-card=revenue]") == "€170.50"


def test_without_scripts_everything_is_there_to_read_and_to_choose(opened: Open) -> None:
    page = opened("/overview?period=7d", java_script_enabled=False)
    assert page.inner_text("[data-card=revenue]") == "€170.50"
    assert not page.is_visible(".plot")
    page.click(".as-table summary")
    assert page.locator("#trend tbody tr").count() == 7
    page.click(".periods .menu summary")
    page.click("text=Yesterday")
    assert page.inner_text("[data-card=revenue]") == "€100.00"
    page.click(".bar > .signout button")
    assert page.inner_text("h1") == "Sign in"


def test_charts_change_with_the_colour_scheme_without_a_reload(opened: Open) -> None:
    page = opened("/overview?period=7d", color_scheme="light")
    line = page.wait_for_selector("#trend .scatterlayer .trace:nth-child(2) .js-line", state="attached")
    assert line is not None
    page.evaluate("window.stayed = true")
    light = "document.querySelector('#trend .scatterlayer .trace:nth-child(2) .js-line').style.stroke"
    before = page.evaluate(light)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {light} !== '{before}'")
    assert page.evaluate("window.stayed")


def test_keys_choose_a_period_and_ask_for_help(opened: Open) -> None:
    page = opened("/overview")
    page.keyboard.press("?")
    assert page.is_visible("dialog#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog#keys")
    page.keyboard.press("w")
    page.wait_for_url("**/overview?period=7d")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**since=2026-03-05&to=2026-03-11")
    page.go_back()
    page.wait_for_url("**/overview?period=7d")


def test_escape_closes_a_definition_and_gives_the_focus_back(opened: Open) -> None:
    page = opened("/overview")
    page.click("#trend .about summary")
    assert page.is_visible("#trend .pop")
    page.keyboard.press("Escape")
    assert not page.is_visible("#trend .pop")
    assert page.evaluate("document.activeElement.closest('#trend .about') !== null")


def test_an_event_shows_on_the_live_page_by_itself(opened: Open, running: Running) -> None:
    page = opened("/live")
    page.wait_for_selector(".live-state.on")
    rows = page.locator("[data-feed] tr").count()
    running.append(50, search_term="found at once")
    page.wait_for_selector("[data-feed] >> text=found at once")
    assert page.locator("[data-feed] tr").count() == rows + 1
    assert page.inner_text("[data-feed] tr:first-child .verdict") == "accepted"


def test_the_live_chart_grows_by_what_comes(opened: Open, running: Running) -> None:
    page = opened("/live")
    page.wait_for_selector("#plot-minutes .main-svg", state="attached")
    page.wait_for_selector(".live-state.on")
    views = (
        "document.getElementById('plot-minutes').data.find(t => t.meta.role === 'event-view_item').y.at(-1)"
    )
    before = page.evaluate(views)
    running.append(51)
    page.wait_for_function(f"() => {views} === {before + 1}")


def test_hostile_words_in_the_stream_stay_words(opened: Open, running: Running) -> None:
    page = opened("/live")
    page.wait_for_selector(".live-state.on")
    running.append(52, search_term=HOSTILE)
    page.wait_for_selector("[data-feed] >> text=onerror")
    assert page.locator("[data-feed] img").count() == 0


@pytest.mark.parametrize("address", ["/orders", "/overview?period=7d"])
def test_the_text_of_a_cell_lies_over_its_bar(opened: Open, address: str) -> None:
    page = opened(address, viewport={"width": 1280, "height": 3000})
    covered = page.evaluate(
        """() => [...document.querySelectorAll('svg.share')].map(bar => {
            const text = bar.nextElementSibling, box = text.getBoundingClientRect();
            return text.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
        })"""
    )
    assert covered
    assert all(covered)
