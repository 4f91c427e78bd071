"""When a block counts as seen: half of it, for a second without a break, in a visible tab."""

from __future__ import annotations

import pytest

from tests.script_views.window import ITEMS, SHOWN, Window, block, viewed

WITNESS = block(0, "witness")
"""Wholly on screen: once its second runs, the other block has been judged, too."""


@pytest.mark.parametrize(
    ("other", "seen"),
    [
        (block(900), True),  # 100 of 200 pixels
        (block(902), False),  # 98 of 200
        (block(1000), False),
        (block(700, style="left:800px"), True),  # half of its width
        (block(700, style="left:804px"), False),
        (block(500, style="height:3000px"), True),  # half of the window
        (block(510, style="height:3000px"), False),
        (block(750, style="width:4000px;left:500px"), True),  # half of the window's width
        (block(750, style="width:4000px;left:510px"), False),
        (block(750, style="display:none"), False),
        (block(750, style="visibility:hidden;height:0"), False),
    ],
    ids=lambda value: value[value.find("style") :][:60] if isinstance(value, str) else None,
)
def test_a_block_counts_when_half_of_what_can_be_on_screen_is(window: Window, other: str, seen: bool) -> None:
    window.open(WITNESS + other)
    window.judged(1 + seen)
    window.frames(4)
    window.pass_(1100)
    assert sorted(window.calls(), key=str) == [viewed()] * seen + [viewed("witness")]


def test_it_counts_after_a_second_and_not_before(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.pass_(900)
    assert window.calls() == []
    window.pass_(200)
    assert window.calls() == [viewed()]


def test_a_second_with_a_break_in_it_is_none(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.pass_(900)
    window.run("scrollTo(0, 5000)")
    window.judged(0)
    window.run("scrollTo(0, 0)")
    window.judged(1)
    window.pass_(900)
    assert window.calls() == []
    window.pass_(100)
    assert window.calls() == [viewed()]


def test_nothing_is_seen_in_a_hidden_tab(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.pass_(900)
    window.hide(True)
    window.judged(0)
    window.pass_(60_000)
    assert window.calls() == []
    window.hide(False)
    window.judged(1)
    window.pass_(1000)
    assert window.calls() == [viewed()]


def test_a_block_scrolled_to_is_seen_then(window: Window) -> None:
    window.open(WITNESS + block(4000))
    window.judged(1)
    window.run("scrollTo(0, 3900)")
    window.page.wait_for_function("scrollY == 3900")
    window.judged(1)  # the witness's second ended, the other's began
    window.pass_(1000)
    assert window.calls() == [viewed()]


def test_a_block_added_later_is_seen(window: Window) -> None:
    window.open("<main></main>")
    window.page.wait_for_function("window.r46_views")
    window.run(f"document.querySelector('main').innerHTML = `<section>{block(10)}</section>`")
    window.judged(1)
    window.pass_(1000)
    assert window.calls() == [viewed()]


def test_an_empty_block_is_seen_once_it_is_filled(window: Window) -> None:
    window.open(WITNESS + block(300, style="height:auto", inner=""))
    window.judged(1)
    window.run(f"document.querySelector('[data-r46-block=hits]').innerHTML = `{ITEMS}`")
    window.judged(2)
    window.pass_(1000)
    assert window.calls() == [viewed("witness"), viewed()]


def test_a_block_that_grows_taller_than_the_window_goes_on_being_seen(window: Window) -> None:
    window.open(block(400))
    window.judged(1)
    window.pass_(500)
    window.run("document.querySelector('.at').style.height = '5000px'")
    window.run("new Promise(done => new ResizeObserver(() => done()).observe(document.querySelector('.at')))")
    window.pass_(500)
    assert window.calls() == [viewed()]


def test_an_inline_element_can_be_a_block(window: Window) -> None:
    window.open(f"<rec-block data-r46-block=hits>{ITEMS}</rec-block>")
    window.judged(1)
    window.pass_(1000)
    assert window.calls() == [viewed()]


def test_its_items_are_those_it_shows_after_the_second(window: Window) -> None:
    window.open(block(0, inner=""))
    window.judged(1)
    window.run(f"document.querySelector('.at').innerHTML = `{ITEMS}`")
    window.pass_(1000)
    assert window.calls() == [viewed(items=SHOWN)]


def test_items_and_tool_may_be_named_by_the_block(window: Window) -> None:
    window.open(block(0, more='data-r46-items=" 9, ,x7" data-r46-by=stories'))
    window.judged(1)
    window.pass_(1000)
    expected = [{"id": "9", "position": 1}, {"id": "x7", "position": 2}]
    assert window.calls() == [viewed(items=expected, by="stories")]
