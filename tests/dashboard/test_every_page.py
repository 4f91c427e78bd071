"""What every page must do in a real browser: a link is the same view, keys and back work, a row filters, one panel fails alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from collector.store import Rows
from collector.store.reader import CursorPool, DuckReader
from collector.store.stopping import Stop
from dashboard import queries
from dashboard.page import load_pages
from dashboard.questions import is_stored
from tests.dashboard.browsing import Open, Running, served
from tests.dashboard.shop_world import busy_log, week

pytestmark = pytest.mark.browser
PAGES: Final = {page.slug: page for page in load_pages()}
TIMED: Final = [slug for slug, page in PAGES.items() if page.period]
ASKING: Final = {
    page.slug: name
    for page in PAGES.values()
    for name in [next((one for one in page.panels[0].queries if is_stored(one)), "")]
    if name and page.slug != "validator"  # whose first panel lives by the tail, and outlives its question
}
"""A question of the store that the first panel of a page asks, where it asks one."""
TEXT: Final = """(() => {
    const page = document.querySelector('main').cloneNode(true)
    page.querySelectorAll('.plot, script').forEach(one => one.remove())
    return page.textContent.replace(/\\s+/g, ' ')
})()"""
"""The words of the page without those that a chart draws."""


class Failing:
    """A reader for which the questions that hold a word fail."""

    word = ""

    def __init__(self, reader: DuckReader) -> None:
        self.reader = reader

    def under(self, stop: Stop) -> Failing:
        return Failing(self.reader.under(stop))

    def query(self, sql: str, params: Mapping[str, Any] | None = None, **limits: Any) -> Rows:
        if Failing.word and Failing.word in sql:
            raise RuntimeError("this question fails")
        return self.reader.query(sql, params, **limits)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    db = week()
    reader = Failing(DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)))
    with served(db, busy_log(), reader) as found:
        yield found


@pytest.mark.parametrize("slug", TIMED)
def test_a_pasted_link_is_the_same_view_and_back_goes_back(opened: Open, slug: str) -> None:
    page = opened(f"/{slug}?period=7d")
    first = page.evaluate(TEXT)
    page.keyboard.press("n")
    page.wait_for_url("**period=90d**")
    assert "Last 90 days" in page.locator(".periods summary").first.inner_text()
    page.go_back()
    page.wait_for_url("**period=7d**")
    assert page.evaluate(TEXT) == first
    pasted = opened(page.url.removeprefix(page.url.split(f"/{slug}")[0]))
    assert pasted.evaluate(TEXT) == first


@pytest.mark.parametrize("slug", [slug for slug in TIMED if PAGES[slug].segments])
def test_a_click_on_a_row_filters_and_escape_clears(opened: Open, slug: str) -> None:
    page = opened(f"/{slug}?period=7d")
    rows = page.locator("main a[href*='only=']")
    if rows.count() == 0:
        page.keyboard.press("/")
        page.locator(".filter [name=is]").fill("mobile")
        page.locator(".filter [name=by]").select_option("device")
        page.keyboard.press("Enter")
    else:
        rows.first.click()
    page.wait_for_selector(".chip.only")
    assert page.locator(".chip.only").count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector(".chip.only", state="detached")


@pytest.mark.parametrize("slug", PAGES)
def test_without_scripts_it_is_all_there(opened: Open, slug: str) -> None:
    page = opened(f"/{slug}?period=7d", java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert page.locator("main table, main form").count() > 0
    assert page.locator("[aria-busy=true]").count() == 0


@pytest.mark.parametrize("slug", ASKING)
def test_a_panel_that_fails_says_so_alone_and_can_be_asked_again(
    opened: Open, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "word", queries.load(ASKING[slug]).columns[-1])
    page = opened(f"/{slug}?period=7d")
    failed = page.locator(".panel > .missing")
    assert failed.count() >= 1
    assert "could not be answered" in failed.first.inner_text()
    assert page.locator("h1").count() == 1
    monkeypatch.setattr(Failing, "word", "")
    for _ in range(failed.count()):
        left = failed.count()
        failed.first.locator("[data-again]").click()
        page.wait_for_function(f"() => document.querySelectorAll('.panel > .missing').length < {left}")
    assert failed.count() == 0
