"""A shop whose visitors send markup, formulas and endless names: its pages stay whole in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.event import Item
from dashboard.page import load_pages
from tests.dashboard.browsing import Open, Running, served
from tests.dashboard.hostile_ledgers import hostile as hostile_ledgers
from tests.dashboard.shop_world import FORMULA, HOSTILE, LONG, hostile, log_of, view

pytestmark = pytest.mark.browser
ADDRESSES = [
    f"/{page.slug}?period=7d&tab={tab}"
    for page in load_pages()
    for tab in page.tabs or ("",)
    if tab in ("", *page.tabs[:1]) or any(tab in panel.tabs for panel in page.panels)
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = log_of(
        view(
            40,
            1,
            custom_name=LONG,
            page_url=f"https://x.example/{LONG}?{HOSTILE}",
            search_term=LONG,
            recommended_by=HOSTILE,
            recommended_code=FORMULA,
            device_id=HOSTILE,
            items=(Item(item_id=LONG, item_name=HOSTILE),),
        )
    )
    ledgers = hostile_ledgers(tmp_path_factory.mktemp("ledgers"))
    with served(hostile(), log, ledgers=ledgers) as found:
        yield found


def test_the_long_name_is_ten_thousand_characters() -> None:
    assert len(LONG) == 10_000


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_markup_runs_and_no_name_widens_the_page(opened: Open, address: str) -> None:
    page = opened(address, viewport={"width": 1280, "height": 800})
    for plot in page.query_selector_all(".plot"):
        plot.wait_for_selector(".main-svg", state="attached")
    assert page.locator("img").count() == 0
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    tallest = "Math.max(0, ...[...document.querySelectorAll('td, th')].map(cell => cell.clientHeight))"
    assert page.evaluate(tallest) < 600
