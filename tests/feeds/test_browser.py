"""`r46('recommend', …)` of the old types with /feeds.js on the page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import static
from tests.browser import visitor
from tests.script.recorder import DID, Recorder, Says
from tests.script.visit import SHOP

LOADER = f"window.r46=window.r46||function(){{(r46.q=r46.q||[]).push(arguments)}};r46('init','{SHOP}');"
TAG = "<script async src=/v3.js></script>"
FEEDS = f"<script src=/feeds.js data-shop={SHOP}></script>"
CALL = (
    "r46('recommend','also_bought',{item:'37',limit:3,cart:['1','2']},"
    "found => { said.push(found) }, error => { said.push(error) });"
)
ASKED = {"shop_id": SHOP, "recommender_type": "also_bought", "did": DID, "item": "37", "limit": "3"}


@pytest.fixture
def page(browser: Browser, recorder: Recorder) -> Iterator[Page]:
    recorder.seen.clear()
    recorder.reads = {"/recommend": Says(body=["56", "12"])}
    errors: list[str] = []
    with visitor(browser) as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context.new_page()
    assert errors == []


def opened(page: Page, recorder: Recorder, *parts: str) -> None:
    head = "<!doctype html><meta charset=utf-8><link rel=icon href=data:,><script>said=[]</script>"
    scripts = (part if part.startswith("<") else f"<script>{part}</script>" for part in parts)
    recorder.pages |= {"/p": head + "".join(scripts), "/feeds.js": static.path("feeds.js").read_text()}
    page.goto(recorder.origin + "/p")


def said(page: Page) -> Any:
    """What the callbacks got, once they got anything."""
    page.wait_for_function("said.length > 0")
    return page.evaluate("said")


def asked(recorder: Recorder) -> list[dict[str, str]]:
    return [dict(seen.query) for seen in recorder.seen if seen.path == "/recommend"]


@pytest.mark.parametrize(
    "parts",
    [(LOADER, TAG, FEEDS, CALL), (FEEDS, LOADER, TAG, CALL), (LOADER, CALL, FEEDS, TAG)],
    ids=["after the tag", "before the tag", "after the call, before the tag"],
)
def test_an_old_recommender_is_answered_by_the_feed(
    page: Page, recorder: Recorder, parts: tuple[str, ...]
) -> None:
    opened(page, recorder, *parts)
    assert said(page) == [["56", "12"]]
    (query,) = asked(recorder)
    assert {name: query[name] for name in ASKED} == ASKED


def test_a_call_long_after_the_main_script_is_live_is_answered_too(page: Page, recorder: Recorder) -> None:
    opened(page, recorder, LOADER, TAG, FEEDS)
    page.wait_for_function("window.r46 && r46.loaded")
    page.evaluate(CALL)
    assert said(page) == [["56", "12"]]


def test_a_block_s_code_and_any_other_call_go_to_the_main_script(page: Page, recorder: Recorder) -> None:
    other = "r46('recommend','interesting',{},x => { said.push(x) }, e => { said.push(e.code) });"
    opened(page, recorder, LOADER, TAG, FEEDS, other, "r46('track','view','37');")
    assert said(page) == ["not_served"]
    wanted = [["recommend", "interesting"], ["track", "view", "37"]]
    recorder.wait(lambda: all(call in recorder.calls() for call in wanted))
    assert asked(recorder) == []


def test_a_feed_that_cannot_be_asked_is_an_error_for_the_page(page: Page, recorder: Recorder) -> None:
    recorder.reads = {"/recommend": Says(status=503)}
    opened(page, recorder, LOADER, TAG, FEEDS, CALL)
    assert said(page) == [{"status": "error", "code": "history_unavailable"}]


def test_without_consent_nothing_is_asked(page: Page, recorder: Recorder) -> None:
    refused = LOADER.replace(f"'{SHOP}')", f"'{SHOP}',null,null,null,{{consent:false}})")
    opened(page, recorder, refused, TAG, FEEDS, CALL)
    assert said(page) == [{"status": "error", "code": "not_served"}]
    assert asked(recorder) == []
