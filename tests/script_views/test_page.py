"""The file on pages that are unlike the usual one: other names, no loader, broken or old surroundings."""

from __future__ import annotations

import json

import pytest

from tests.script_views.window import STUB, Window, block, viewed

OTHER = STUB.replace("r46", "shoplog")


@pytest.mark.parametrize(
    ("attributes", "query"),
    [('data-global="shoplog"', ""), ("", "?global=shoplog")],
    ids=["attribute", "address"],
)
def test_it_speaks_to_the_global_it_is_told(window: Window, attributes: str, query: str) -> None:
    window.open(block(0), script=STUB + OTHER, attributes=attributes, query=query)
    window.judged(1)
    window.pass_(1000)
    assert (window.calls("shoplog"), window.calls()) == ([viewed()], [])


def test_without_a_loader_it_leaves_a_queue_that_the_main_script_takes_over(window: Window) -> None:
    window.open(block(0), script="")
    window.judged(1)
    window.pass_(1000)
    assert window.calls() == [viewed()]


def test_a_block_seen_before_the_main_script_came_is_in_the_queue_it_drains(window: Window) -> None:
    window.open(block(0), script=STUB + "r46('init', 'shop');")
    window.judged(1)
    window.pass_(1000)
    assert window.calls() == [["init", "shop"], viewed()]


@pytest.mark.parametrize(
    "script",
    ["window.r46 = () => { throw 1 };", "window.r46 = 46;", "Object.freeze(window.r46 = {});"],
    ids=["throws", "number", "frozen"],
)
def test_a_broken_global_costs_one_warning_and_no_error(window: Window, script: str) -> None:
    said: list[str] = []
    window.page.on("console", lambda line: said.append(line.type))
    window.open(block(0) + block(300, "other"), script=script)
    window.judged(2)
    window.pass_(1000)
    assert said == ["warning"]


@pytest.mark.parametrize("missing", ["IntersectionObserver", "ResizeObserver"])
def test_a_browser_without_an_observer_loses_impressions_and_nothing_else(
    window: Window, missing: str
) -> None:
    page = window.open(block(0), script=f"{STUB}delete window.{missing};r46('track', 'view', 37);")
    page.wait_for_function("window.r46_views")
    page.click("text=Cup")
    window.pass_(100)
    assert window.calls()[0] == ["track", "view", 37]


def test_it_reports_blocks_of_a_frame_by_what_is_on_screen_of_it(window: Window) -> None:
    window.open(block(0) + block(20, "witness", style="height:50px"), path="/frame")
    window.open('<iframe style="position:absolute;top:910px;border:0;height:300px" src="/frame"></iframe>')
    window.page.wait_for_function("frames[0].running && frames[0].running.size == 1")
    window.pass_(1100)
    assert window.run("JSON.stringify(frames[0].r46.q.map(call => Array.from(call)))") == json.dumps(
        [viewed("witness")], separators=(",", ":")
    )
