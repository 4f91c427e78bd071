"""The whole of it as a stranger sees it: the demo, a click in its storefront, Live, credit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from collector.demo import SHOP
from tests.browser import visitor
from tests.server import Server, free_port, run_r46

pytestmark = pytest.mark.browser

PAGES = (
    "overview",
    "live",
    "recommendations",
    "claims",
    "orders",
    "funnels",
    "segments",
    "retention",
    "search",
    "products",
    "carts",
    "campaigns",
    "experiments",
    "quality",
    "visitors",
    "validator",
    "sql",
    "settings",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """`r46 demo` with a short history; the server and the storefront's address."""
    storefront = free_port()
    options = ("--days", "15", "--visitors", "60", "--storefront-port", str(storefront))
    server = Server(tmp_path_factory.mktemp("demo") / "data", options, command="demo")
    server.start()
    yield server, f"http://127.0.0.1:{storefront}"
    server.stop()


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as context:
        yield context


def _sign_in(page: Page, server: Server) -> None:
    page.goto(run_r46("link", "--data", str(server.data), "--port", str(server.port)).strip())
    page.get_by_role("button", name="Open dashboard").click()
    page.wait_for_url("**/overview**")


def test_a_click_in_the_storefront_is_live_and_its_purchase_is_credited(
    demo: tuple[Server, str], person: BrowserContext
) -> None:
    server, storefront = demo
    live = person.new_page()
    _sign_in(live, server)
    live.goto(f"{server.origin}/live?shop={SHOP.shop_id}")

    shop = person.new_page()
    errors: list[str] = []
    shop.on("pageerror", lambda error: errors.append(str(error)))
    shop.goto(storefront)
    block = shop.locator("a[href*='recommended_by=dynamic']").first
    link = block.get_attribute("href") or ""
    block.click()
    item = link.partition("?")[0].rpartition("/")[2]
    code = link.partition("recommended_code=")[2].partition("&")[0]
    expect(live.get_by_text(code).first).to_be_visible(timeout=5_000)

    shop.get_by_role("button", name="Add to cart").first.click()
    expect(live.get_by_text("Add to cart").first).to_be_visible(timeout=5_000)
    shop.goto(f"{storefront}/checkout")
    shop.get_by_label("E-mail").fill("ann@example.org")
    shop.get_by_role("button", name="Place the order").click()
    shop.wait_for_url("**/thank-you/**")
    expect(live.get_by_text("Purchase").first).to_be_visible(timeout=5_000)

    orders = server.exported(SHOP.shop_id)
    bought = [record for record in orders if record["event"] == "purchase"][-1]
    assert [line["item_id"] for line in bought["items"]] == [item]
    page = person.new_page()
    page.goto(f"{server.origin}/orders/{bought['transaction_id']}?shop={SHOP.shop_id}")
    expect(page.get_by_text("dynamic", exact=True).first).to_be_visible()
    expect(page.get_by_text(code).first).to_be_visible()
    assert errors == []


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_readable_without_javascript(
    demo: tuple[Server, str], browser: Browser, path: str
) -> None:
    server, _ = demo
    with visitor(browser, scripts=False) as context:
        _sign_in(context.new_page(), server)
        page = context.new_page()  # the one signed in may still be on its way to the whole Overview
        # A page that is late sends a browser without scripts to the whole one, before it has loaded itself.
        page.goto(f"{server.origin}/{path}?shop={SHOP.shop_id}", wait_until="commit")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main table, main form").first).to_be_attached()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_pages_draw_without_errors_strangers_or_sideways_scrolling(
    demo: tuple[Server, str], person: BrowserContext, path: str, width: int
) -> None:
    server, _ = demo
    page = person.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    _sign_in(page, server)
    complaints: list[str] = []
    asked: list[str] = []
    page.on(
        "console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.origin}/{path}?shop={SHOP.shop_id}")
    if path in ("overview", "live", "recommendations"):
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_attached(timeout=15_000)
    assert complaints == []
    assert [url for url in asked if not url.startswith((server.origin, "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
