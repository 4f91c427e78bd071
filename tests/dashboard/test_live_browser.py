"""Live and the tag check in a real browser: paused and lossless, bounded, unmoved, and honest about its connection."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any

from playwright.sync_api import Browser, Page, expect

from collector import record
from collector.log.memory import MemoryLog
from collector.record import Record
from tests.dashboard.browsing import Open, Running, served
from tests.dashboard.shop_world import empty_store, request, view
from tests.dashboard.test_validator import noted

SHIFTS = """() => new Promise(done => new PerformanceObserver(list => {
    const found = list.getEntries()
    window.moved = (window.moved || 0) + found.reduce((sum, one) => sum + one.value, 0)
}).observe({type: 'layout-shift', buffered: true}) || done(0))"""


def flood(number: int, events: int) -> Record:
    return request(number, 0, events=view(number, 0).events * events)


def write(log: MemoryLog, *records: Record) -> None:
    """Into the log from a thread of its own, as a loop already runs in this one."""

    async def all_of_them() -> None:
        for one in records:
            await log.append(record.encode(one))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    thread.join(20)


def live(page: Page) -> None:
    """Connected, and with the pointer off the feed, which would hold it."""
    page.wait_for_selector(".live-state.on")
    page.mouse.move(1, 1)


def rows(page: Page) -> int:
    return page.locator("[data-feed] tr[data-seq]:not(.more)").count()


def test_a_paused_feed_counts_what_waits_and_then_shows_all_of_it(opened: Open, running: Running) -> None:
    page = opened("/live")
    live(page)
    before = rows(page)
    page.click("[data-pause]")
    expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "true")
    for number in range(12):
        running.append(10 + number, search_term=f"waited {number}")
    expect(page.locator("[data-waiting]")).to_have_text("12 new")
    assert rows(page) == before
    page.click("[data-pause]")
    expect(page.locator("[data-waiting]")).to_have_text("")
    assert rows(page) == before + 12
    told = page.locator("[data-feed] tr td:nth-child(3)").all_inner_texts()[:12]
    assert [one.split()[-1] for one in told] == [str(number) for number in range(11, -1, -1)]


def test_a_feed_waits_while_the_keyboard_is_in_it(opened: Open, running: Running) -> None:
    page = opened("/live")
    live(page)
    page.locator("[data-feed] a").first.focus()
    running.append(30, search_term="while reading")
    expect(page.locator("[data-waiting]")).to_contain_text("1 new")
    page.locator("[data-pause]").focus()
    page.wait_for_selector("[data-feed] >> text=while reading")


def test_a_flood_is_told_in_a_row_and_the_page_stays_bounded_and_unmoved(
    opened: Open, running: Running
) -> None:
    page = opened("/live", viewport={"width": 1280, "height": 2400})
    live(page)
    page.wait_for_selector(".main-svg")
    page.evaluate(SHIFTS)
    page.evaluate("window.moved = 0")
    for number in range(4):
        write(running.log, *(flood(number * 20 + one, 50) for one in range(20)))
    page.wait_for_selector("[data-feed] tr.more")
    expect(page).to_have_title(re.compile(r"^\(\d+\) Live · "))
    assert page.locator("[data-feed] tr").count() <= 200
    assert "more in this second" in page.locator("[data-feed] tr.more").first.inner_text()
    assert page.evaluate("window.moved") < 0.01


def test_a_narrowed_feed_shows_only_that_and_is_cleared_by_escape(opened: Open, running: Running) -> None:
    page = opened("/live?find=only+this")
    live(page)
    running.append(40, search_term="something else")
    running.append(41, search_term="only this")
    page.wait_for_selector("[data-feed] >> text=only this")
    assert rows(page) == 1
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/live(\?period=today)?$"))


def test_live_fits_a_narrow_window(opened: Open) -> None:
    for address in ("/live", "/validator"):
        page = opened(address, viewport={"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_broken_connection_says_so(running: Running, window: Browser) -> None:
    context = window.new_context()
    page = context.new_page()
    with served(empty_store(), MemoryLog()) as own:
        page.goto(f"{own.base}/signin?token={next(own.links)}&next=/live")
        page.click("button")
        live(page)
    expect(page.locator("[data-state]")).to_have_text("Reconnecting…")
    context.close()


def waiting_shop(window: Browser, own: Running, **options: Any) -> Page:
    page = window.new_context(**options).new_page()
    page.goto(f"{own.base}/signin?token={next(own.links)}&next=/validator")
    page.click("button")
    return page


def test_a_waiting_page_names_the_first_event_and_the_first_mistake_by_itself(
    running: Running, window: Browser
) -> None:
    with served(empty_store(), MemoryLog()) as own:
        page = waiting_shop(window, own, permissions=["clipboard-read", "clipboard-write"])
        expect(page.locator("#status")).to_contain_text("Waiting for the first event…")
        live(page)
        own.append(50)
        expect(page.locator("#status")).to_contain_text("The first event came: Product view from /p/37.")
        write(own.log, noted())
        expect(page.locator("#status mark.ask")).to_have_text("'…'")
        assert page.locator("[data-verdicts] > li").count() == 2
        page.locator("#status [data-copy-line]").first.click()
        expect(page.locator("#status [data-copy-line]").first).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "r46('track', 'view', {id: 37, recommended_by: 'dynamic', recommended_code: '…'})"
        page.context.close()


def test_a_waiting_page_without_scripts_asks_again_by_itself(running: Running, window: Browser) -> None:
    with served(empty_store(), MemoryLog()) as own:
        page = waiting_shop(window, own, java_script_enabled=False)
        expect(page.locator("#status")).to_contain_text("Waiting for the first event…")
        own.append(51)
        expect(page.locator("#status")).to_contain_text("The first event came", timeout=15_000)
        assert not page.locator("[data-pause]").is_visible()
        page.context.close()
