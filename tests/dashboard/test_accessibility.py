"""WCAG 2.2 AA as far as a machine can tell: axe-core over every page in a real browser.

Each page is looked at in English on a wide light screen and in Russian on a narrow dark one.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.page import Page, load_pages
from tests.dashboard.browsing import Open
from tests.dashboard.shop_world import REQUEST

pytestmark = pytest.mark.browser

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "wide light English": {
        "viewport": {"width": 1280, "height": 900},
        "color_scheme": "light",
        "locale": "en-GB",
    },
    "narrow dark Russian": {
        "viewport": {"width": 320, "height": 800},
        "color_scheme": "dark",
        "locale": "ru-RU",
    },
}


def _addresses(page: Page) -> list[str]:
    """The page, and each of its tabs that shows other panels."""
    apart = [tab for tab in page.tabs[1:] if any(tab in panel.tabs for panel in page.panels)]
    return [f"/{page.slug}?period=7d", *(f"/{page.slug}?period=7d&tab={tab}" for tab in apart)]


ADDRESSES: Final = (
    *(address for page in load_pages() for address in _addresses(page)),
    f"/quality/{REQUEST.format(4)}",
    "/orders/o1",
    "/tag",
)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing_serious(opened: Open, address: str, screen: str) -> None:
    page = opened(address, **SCREENS[screen], reduced_motion="reduce")
    for plot in page.query_selector_all(".plot"):
        plot.wait_for_selector(".main-svg", state="attached")
    found = Axe().run(page, options=RULES).response["violations"]
    told = [
        f"{one['impact']} {one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        for node in one["nodes"]
        if one["impact"] in ("serious", "critical")
    ]
    assert told == []


def test_the_page_to_sign_in_is_accessible(opened: Open) -> None:
    page = opened("/overview")
    page.context.clear_cookies()
    page.goto(page.url)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_axe_finds_what_is_wrong(opened: Open) -> None:
    page = opened("/overview")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>')")
    found = Axe().run(page, options=RULES).response["violations"]
    assert "button-name" in {one["id"] for one in found}
