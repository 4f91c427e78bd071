"""A click on a link in a block's item is reported, and the visitor never waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.script.recorder import Recorder
from tests.script.visit import SHOP
from tests.script_views.window import STUB, Window, block, clicked


@pytest.mark.parametrize(
    ("target", "button"),
    [("b", "left"), ("[data-r46-item='37']", "left"), ("b", "middle")],
)
def test_a_click_on_an_item_s_link_names_the_item_and_its_position(
    window: Window, target: str, button: str
) -> None:
    page = window.open(block(0))
    window.judged(1)
    page.locator(target).dispatch_event(
        "auxclick" if button == "middle" else "click",
        {"button": 1 if button == "middle" else 0, "bubbles": True},
    )
    assert window.calls() == [clicked("37", 1)]


def test_a_page_that_stops_the_click_does_not_hide_it(window: Window) -> None:
    page = window.open(block(0))
    window.judged(1)
    window.run(
        "addEventListener('click', event => { event.preventDefault(); event.stopPropagation() }, true)"
    )
    page.click("text=Pot")
    assert window.calls() == [clicked("56", 2)]
    assert page.url.endswith("/shop")


def test_a_link_around_its_item_counts_like_one_inside(window: Window) -> None:
    around = '<a href="#x"><i>New</i> <span data-r46-item="5">Mug</span></a>'
    page = window.open(block(0, inner=around))
    window.judged(1)
    page.click("i")
    assert window.calls() == [clicked("5", 1)]


@pytest.mark.parametrize(
    ("inner", "target"),
    [
        ('<div data-r46-item="37"><button>Buy</button></div>', "button"),
        ('<a href="#all">All</a><a data-r46-item="37" href="#a">Cup</a>', "text=All"),
        ("<p>Words</p>", "p"),
    ],
    ids=["no link", "no item", "neither"],
)
def test_any_other_click_in_a_block_is_none(window: Window, inner: str, target: str) -> None:
    page = window.open(block(0, inner=inner))
    window.judged(1)
    page.click(target)
    page.locator(target).dispatch_event("auxclick", {"button": 2, "bubbles": True})
    assert window.calls() == []


@pytest.mark.parametrize(
    "query", ["?recommended_by=dynamic&recommended_code=hits", "?a=1&recommended_by=dynamic"]
)
def test_a_link_that_names_its_block_is_counted_by_the_view_it_leads_to(window: Window, query: str) -> None:
    page = window.open(
        block(0, inner=f'<a data-r46-item="37" href="{query}#a" onclick="return false">Cup</a>')
    )
    window.judged(1)
    page.click("text=Cup")
    assert window.calls() == []


def test_a_link_outside_a_block_is_not_ours(window: Window) -> None:
    page = window.open(block(0) + '<a class=at style="top:400px" href="#o" data-r46-item="9">Out</a>')
    window.judged(1)
    page.click("text=Out")
    assert window.calls() == []


def test_a_click_that_leaves_the_page_arrives_through_the_main_script(
    window: Window, recorder: Recorder
) -> None:
    recorder.pages["/p/37"] = "<!doctype html><title>Cup</title>"
    start = f"{STUB}r46('init','{SHOP}');"
    tag = f'<script async src="{recorder.origin}/v3.js"></script>'
    link = '<a data-r46-item="37" href="/p/37">Cup</a>'
    page = window.open(tag + block(0, inner=link), script=start)
    page.wait_for_function("window.r46 && r46.loaded")
    window.judged(1)
    window.pass_(1000)
    page.click("text=Cup")
    page.wait_for_url("**/p/37")
    wanted = {"block_view", "block_click"}
    recorder.wait(lambda: wanted <= {event["call"][1] for event in _sent(recorder)}, "both events")
    assert clicked("37", 1) in [event["call"] for event in _sent(recorder)]


def _sent(recorder: Recorder) -> list[dict[str, Any]]:
    return [event for event in recorder.arrivals() if "call" in event]
