"""One impression a block and page view, whatever the page does to its elements."""

from __future__ import annotations

from tests.script_views.window import Window, block, viewed

REPLACE = "document.querySelector('.at').outerHTML = document.querySelector('.at').outerHTML"


def see(window: Window, *, running: int = 1) -> None:
    window.judged(running)
    window.pass_(1000)


def test_a_block_scrolled_away_and_back_is_not_seen_again(window: Window) -> None:
    window.open(block(0) + block(2000, "witness"))
    see(window)
    window.run("scrollTo(0, 2000)")
    see(window)
    window.run("scrollTo(0, 0)")
    window.page.wait_for_function(
        "new Promise(done => new IntersectionObserver(seen => done(seen[0].isIntersecting))"
        ".observe(document.querySelector('.at')))"
    )
    window.pass_(5000)
    assert window.calls() == [viewed(), viewed("witness")]


def test_a_block_drawn_anew_is_the_same_block(window: Window) -> None:
    window.open(block(0))
    see(window)
    window.run(REPLACE)
    window.run(f"document.body.insertAdjacentHTML('beforeend', `{block(300, 'witness')}`)")
    see(window)
    assert window.calls() == [viewed(), viewed("witness")]


def test_a_block_drawn_anew_before_its_second_is_over_begins_again(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.pass_(900)
    window.run(f"window.first = [...running][0]; {REPLACE}")
    window.page.wait_for_function("running.size == 1 && !running.has(first)")
    window.pass_(900)
    assert window.calls() == []
    window.pass_(100)
    assert window.calls() == [viewed()]


def test_two_elements_of_one_code_are_one_block(window: Window) -> None:
    window.open(block(0) + block(300))
    see(window, running=2)
    assert window.calls() == [viewed()]


def test_another_code_on_the_same_element_is_another_block(window: Window) -> None:
    window.open(block(0))
    see(window)
    window.run("document.querySelector('.at').dataset.r46Block = 'new'")
    see(window)
    assert window.calls() == [viewed(), viewed("new")]


def test_a_block_without_its_mark_is_none(window: Window) -> None:
    window.open(block(0) + block(300, "witness"))
    window.judged(2)
    window.run("document.querySelector('.at').removeAttribute('data-r46-block')")
    see(window)
    assert window.calls() == [viewed("witness")]


def test_a_block_moved_within_the_page_keeps_its_second(window: Window) -> None:
    window.open(block(0) + "<main></main>")
    window.judged(1)
    window.pass_(600)
    window.run("document.querySelector('main').append(document.querySelector('.at'))")
    window.pass_(400)
    assert window.calls() == [viewed()]


def test_a_block_taken_away_is_not_seen(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.run("document.querySelector('.at').remove()")
    window.judged(0)
    window.pass_(2000)
    assert window.calls() == []


def test_a_new_page_of_a_single_page_app_counts_its_blocks_again(window: Window) -> None:
    window.open(block(0))
    see(window)
    window.run(f"history.pushState(0, '', '/other'); {REPLACE}")
    see(window)
    window.run(f"{REPLACE}; history.pushState(0, '', '/shop'); document.body.append('x')")
    see(window)
    assert window.calls() == [viewed()] * 3


def test_a_lasting_block_counts_on_every_page_of_a_single_page_app(window: Window) -> None:
    window.open(block(0) + "<main></main>")
    see(window)
    window.run("history.pushState(0, '', '?page=2'); document.querySelector('main').append('x')")
    see(window)
    assert window.calls() == [viewed()] * 2


def test_a_page_that_changes_its_address_last_counts_its_blocks_for_the_new_one(window: Window) -> None:
    window.open(block(0))
    see(window)
    window.run(REPLACE)
    window.run("history.pushState(0, '', '/other')")
    window.run("scrollTo(0, 5000)")
    window.frames(4)
    window.run("scrollTo(0, 0)")
    see(window)
    assert window.calls() == [viewed()] * 2


def test_a_fragment_is_no_other_page(window: Window) -> None:
    window.open(block(0) + block(300, "late", style="display:none"))
    see(window)
    window.run("location.hash = 'x'; document.querySelectorAll('.at')[1].style.display = ''")
    see(window)
    assert window.calls() == [viewed(), viewed("late")]


def test_a_page_from_the_back_forward_cache_counts_again(window: Window) -> None:
    window.open(block(0))
    see(window)
    window.run("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    window.pass_(1000)
    window.run("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    see(window)
    assert window.calls() == [viewed()] * 2


def test_the_file_included_twice_counts_once(window: Window) -> None:
    window.open(block(0) + f'<script src="{window.recorder.origin}/views.js"></script>')
    see(window)
    assert window.calls() == [viewed()]


def test_a_second_is_of_one_page(window: Window) -> None:
    window.open(block(0) + "<main></main>")
    window.judged(1)
    window.pass_(600)
    window.run("history.pushState(0, '', '?page=2'); document.querySelector('main').append('x')")
    window.pass_(600)
    assert window.calls() == []
    window.pass_(400)
    assert window.calls() == [viewed()]


def test_a_second_begun_on_another_address_is_begun_again(window: Window) -> None:
    window.open(block(0))
    window.judged(1)
    window.pass_(600)
    window.run("history.pushState(0, '', '?page=2')")
    window.pass_(1300)
    assert window.calls() == []
    window.pass_(100)
    assert window.calls() == [viewed()]
