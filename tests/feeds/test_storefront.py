"""The demo shop shows what the feeds give, in links that name them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

import static
from collector.storefront.app import storefront
from tests.browser import visitor
from tests.script.recorder import DID, Recorder, Says
from tests.script.visit import SHOP
from tests.storefront.asgi import Visitor

KEY = 'k"><b>'
LAMP = {
    "id": "12&x",
    "name": "<b>Lamp</b>",
    "price": "9.50",
    "currency": "EUR",
    "recommended_by": "dynamic",
    "recommended_code": "feed_recently_viewed",
}


@pytest.mark.parametrize(("key", "places"), [("", 0), (KEY, 2)])
def test_a_shop_with_a_feed_key_has_places_for_feeds(key: str, places: int) -> None:
    shop = Visitor(storefront("http://collector.test", SHOP, "http://live.test", feed_key=key))
    html = shop.get("/p/101").text
    assert html.count("data-feed=") == places
    assert html.count("&#34;&gt;&lt;b&gt;") == places
    assert KEY not in html


def test_a_feed_fills_its_place_with_text_and_links_of_its_tool(browser: Browser, recorder: Recorder) -> None:
    recorder.seen.clear()
    recorder.reads = {"/feeds/recently_viewed": Says(body={"items": [LAMP, {**LAMP, "name": None}]})}
    recorder.pages |= {
        "/p": f"""<!doctype html><meta charset=utf-8><link rel=icon href=data:,>
        <script>window.r46=function(){{(r46.q=r46.q||[]).push(arguments)}};r46('init','{SHOP}')</script>
        <script async src=/v3.js></script><script src=/shop.js defer></script>
        <form class=find><input></form><ul class=suggestions></ul><p class=toast></p>
        <section data-feed=recently_viewed data-origin="{recorder.origin}" data-key=pk1 data-item=9 hidden>
        <ul></ul></section>""",
        "/shop.js": static.path("storefront/shop.js").read_text(),
    }
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(recorder.origin + "/p")
        (link,) = page.wait_for_selector("section:not([hidden])").query_selector_all("a")  # type: ignore[union-attr]
        assert link.text_content() == "<b>Lamp</b>€9.50"
        address = link.get_attribute("href")
    assert address == "/p/12%26x?recommended_by=dynamic&recommended_code=feed_recently_viewed"
    (asked,) = [seen.query for seen in recorder.seen if seen.path == "/feeds/recently_viewed"]
    assert asked == {"key": "pk1", "did": DID, "limit": "6", "item": "9"}
