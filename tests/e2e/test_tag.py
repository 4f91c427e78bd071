"""The served script, a shop's page on another origin, and the real collector behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from collector.wire import Shop
from tests.script.visit import LOADERS, PURCHASE, page_of
from tests.server import SHOP_ID, Server, add_shop, serving
from tests.shopper import Shopper, shopping

pytestmark = pytest.mark.browser

INIT = f"r46('init','{SHOP_ID}');"
BUY = f"r46('track','purchase',{json.dumps(PURCHASE)});"
START = ["session_start", "page_view"]


@pytest.fixture
def shopper(browser: Browser, tmp_path: Path) -> Iterator[Shopper]:
    with serving(tmp_path / "data") as server, shopping(browser, server) as found:
        yield found


@pytest.mark.parametrize("loader", LOADERS)
def test_calls_before_and_after_load_arrive_once_and_in_order(shopper: Shopper, loader: str) -> None:
    page = shopper.open(f"r46('track','view',37);{INIT}r46('track','category','5');", loader)
    page.evaluate("r46('track','cart',{id:37,amount:2})")
    page.evaluate("r46('track','search','red & blue')")
    records = shopper.stored(6)
    assert [record["event"] for record in records] == [
        *START,
        "view_item",
        "view_item_list",
        "add_to_cart",
        "search",
    ]
    assert len({record["device_id"] for record in records}) == 1
    assert len({record["session_id"] for record in records}) == 1
    assert records[-1]["search_term"] == "red & blue"
    page.evaluate("0")  # lets the browser's last messages in
    own = [urlsplit(url).path for url in shopper.asked if url.startswith(shopper.server.origin)]
    assert set(own) == {"/v3.js", "/init", "/collect"}


def test_a_purchase_right_before_the_page_closes_arrives_once(shopper: Shopper) -> None:
    page = shopper.open(INIT)
    shopper.stored(2)
    page.evaluate(BUY + "location.href='about:blank'")
    records = shopper.stored(3)
    assert [record["event"] for record in records] == [*START, "purchase"]
    assert records[-1]["transaction_id"] == "N1"
    shopper.open(INIT)  # what a beacon left in the queue is sent again and recognised
    assert shopper.names(4) == [*START, "purchase", "page_view"]


def test_a_server_that_was_down_gets_every_event_once(browser: Browser, tmp_path: Path) -> None:
    data = tmp_path / "data"
    add_shop(data, Shop(shop_id=SHOP_ID))
    server = Server(data)
    server.start()
    with shopping(browser, server) as shopper:
        page = shopper.open(INIT)
        shopper.stored(2)
        server.kill()
        page.evaluate("r46('track','view',1)")
        page.evaluate(BUY)
        page.wait_for_function("Object.keys(localStorage).some(k => localStorage[k].includes('purchase'))")
        server.start()
        shopper.open("r46('track','view',2);" + INIT, page=page)
        names = shopper.names(6)
        assert names[:2] == START
        assert sorted(names[2:]) == ["page_view", "purchase", "view_item", "view_item"]
    server.stop()


def test_two_tabs_send_each_event_once(shopper: Shopper) -> None:
    first = shopper.open(INIT)
    second = shopper.open(INIT, path="/q")
    for number in range(5):
        first.evaluate(f"r46('track','view','a{number}')")
        second.evaluate(f"r46('track','view','b{number}')")
    records = shopper.stored(13)
    viewed = sorted(record["items"][0]["item_id"] for record in records if record["event"] == "view_item")
    assert viewed == [f"{tab}{number}" for tab in "ab" for number in range(5)]
    assert len({record["session_id"] for record in records}) == 1


def test_the_click_of_a_block_keeps_its_credit(shopper: Shopper) -> None:
    shopper.shop.pages["/p"] = ""
    page = shopper.context.new_page()
    shopper.shop.pages["/p"] = page_of(
        LOADERS["ours"], f"{shopper.server.origin}/v3.js", f"{INIT}r46('track','view',37);"
    )
    page.goto(shopper.shop.origin + "/p?recommended_by=dynamic&recommended_code=blk9")
    view = shopper.stored(3)[-1]
    assert (view["event"], view["recommended_by"], view["recommended_code"]) == (
        "view_item",
        "dynamic",
        "blk9",
    )
