"""Quirks of real pages, by their number in docs/wire/r46.md §8: what only a browser can show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from collector.wire import Shop
from tests.server import SHOP_ID, Server, serving
from tests.shopper import Shopper, shopping

pytestmark = pytest.mark.browser

INIT = f"r46('init','{SHOP_ID}');"
START = ["session_start", "page_view"]
SAID = "said=[];var ok=v=>said.push(['success',v]),no=v=>said.push(['error',v]);"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data: Path = tmp_path_factory.mktemp("quirks") / "data"
    with serving(data, shop=Shop(shop_id=SHOP_ID)) as found:
        yield found


@pytest.fixture
def shopper(browser: Browser, server: Server) -> Iterator[Shopper]:
    with shopping(browser, server) as found:
        yield found


def test_quirk_01_calls_queued_before_init_come_after_it_and_in_order(shopper: Shopper) -> None:
    shopper.open(f"r46('track','view',1);r46('track','category',2);{INIT}r46('track','search','x');")
    assert shopper.own_names(5) == [*START, "view_item", "view_item_list", "search"]


def test_quirk_02_a_call_without_any_stub_is_lost_alone_and_breaks_nothing(shopper: Shopper) -> None:
    early = "var stub=window.r46;delete window.r46;if(typeof r46=='function')r46('track','view','lost');"
    page = shopper.open(
        f"{early}try{{r46('track','view','lost too')}}catch(e){{window.threw=e.name}}"
        f"window.r46=stub;{INIT}r46('track','view','kept');"
    )
    assert page.evaluate("threw") == "ReferenceError"
    rows = shopper.own(3)
    assert [row["event"] for row in rows] == [*START, "view_item"]
    assert rows[-1]["items"] == [{"item_id": "kept"}]


def test_quirk_03_the_old_stub_still_works_after_load(shopper: Shopper) -> None:
    page = shopper.open(f"var old=window.r46;{INIT}")
    page.evaluate("old('track','view','by the old stub')")
    assert shopper.own(3)[-1]["items"] == [{"item_id": "by the old stub"}]


def test_quirk_22_calls_left_in_a_cookie_are_replayed_once(shopper: Shopper) -> None:
    left = {
        "cart": [{"id": 5, "amount": 2}],
        "purchase": {"order": "BX 22", "products": [{"id": 5, "amount": 2}]},
    }
    cookie = quote(json.dumps(left)).replace("%20", "+")
    keep = f"document.cookie='r46_events_track={cookie};path=/';"
    shopper.open(keep + INIT)
    assert shopper.own_names(4) == ["session_start", "cart_update", "purchase", "page_view"]
    shopper.open(INIT)
    rows = shopper.own(5)
    assert [row["event"] for row in rows] == [
        "session_start",
        "cart_update",
        "purchase",
        "page_view",
        "page_view",
    ]
    assert rows[2]["transaction_id"] == "BX 22"


def test_quirk_22_a_cookie_that_cannot_be_deleted_is_replayed_once(shopper: Shopper) -> None:
    left = quote(json.dumps({"cart": [{"id": 6, "amount": 1}]}))
    shopper.context.add_cookies(
        [{"name": "r46_events_track", "value": left, "domain": "127.0.0.1", "path": "/stuck/here"}]
    )
    shopper.open(INIT, path="/stuck/here")
    assert shopper.own_names(3) == ["session_start", "cart_update", "page_view"]
    shopper.open(INIT, path="/stuck/here")
    assert shopper.own_names(4) == ["session_start", "cart_update", "page_view", "page_view"]


def test_quirk_41_a_white_label_name_prefixes_keys_and_parameters(shopper: Shopper) -> None:
    page = shopper.open(
        INIT.replace("r46", "personaclick"), name="personaclick", query="?personaclick_search_query=red"
    )
    rows = shopper.own(2)
    assert rows[-1]["props"] == {"search_query": "red"}
    keys = page.evaluate("Object.keys(localStorage)")
    assert {key.partition("_")[0] for key in keys} == {"personaclick"}


def test_quirk_42_a_foreign_recommended_by_in_the_address_is_nobody_s_credit(shopper: Shopper) -> None:
    shopper.open(f"{INIT}r46('track','view',37);", query="?recommended_by=discover&recommended_code=x")
    view = shopper.own(3)[-1]
    assert view["event"] == "view_item"
    assert "recommended_by" not in view
    assert "recommended_code" not in view


def test_quirk_42_in_a_call_it_is_kept_and_flagged(shopper: Shopper) -> None:
    shopper.open(f"{INIT}r46('track','view',{{id:37,recommended_by:'discover'}});")
    view = shopper.own(3)[-1]
    assert (view["recommended_by"], view["notes"]) == ("discover", ["recommended_by_unknown"])


def test_quirk_43_recommend_answers_by_what_it_was_asked_for(shopper: Shopper) -> None:
    page = shopper.open(
        f"{SAID}{INIT}r46('recommend','0123456789abcdef',{{}},ok);r46('recommend','popular',{{}},ok);"
        "r46('recommend','popular',{},ok,no);"
    )
    page.wait_for_function("said.length >= 3")
    assert page.evaluate("said") == [
        ["success", {"id": None, "title": "", "html": "", "recommends": []}],
        ["success", []],
        ["error", {"status": "error", "code": "not_served"}],
    ]
