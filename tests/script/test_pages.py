"""When a page begins without being loaded: single-page shops, the back/forward cache, prerendering."""

from __future__ import annotations

from typing import Any

import pytest

from tests.script.visit import INIT, LATER, SHOP, START, Visit

pytestmark = pytest.mark.browser

SPA = f"r46('init','{SHOP}',null,null,null,null,true);"


def tails(events: list[dict[str, Any]], key: str) -> list[str]:
    """The last part of each event's address under this key."""
    return [event[key].rpartition("/")[2] for event in events]


def test_a_changed_address_is_a_new_page_with_its_own_context(visit: Visit) -> None:
    page = visit.open(SPA, query="?recommended_by=dynamic&recommended_code=b")
    page.evaluate("r46('track','view',1)")
    page.evaluate("history.pushState({a:1},'','/a#x'); r46('track','view',2)")
    page.evaluate("history.pushState(null,'','/a#y')")
    page.evaluate("history.replaceState(null,'','/a?q=1&recommended_by=listing'); r46('track','view',3)")
    page.evaluate("r46('recommend','blk9'); r46('recommend','blk9')")
    events = visit.stored(8)
    assert [event["call"] for event in events] == [
        *START,
        ["track", "view", 1],
        LATER[0],
        ["track", "view", 2],
        LATER[0],
        ["track", "view", 3],
        ["recommend", "blk9"],
    ]
    start = "p?recommended_by=dynamic&recommended_code=b"
    last = "a?q=1&recommended_by=listing"
    assert tails(events[2:7], "page") == [start, "a#x", "a#x", last, last]
    assert [tails(events[3:7], "ref")[0], *tails(events[5:7], "ref")] == [start, "a", "a"]
    assert [event.get("by") for event in events[2:7]] == ["dynamic", None, None, None, "listing"]
    assert len({event["pv"] for event in events}) == 3
    assert len({event["sid"] for event in events}) == 1


def test_going_back_inside_the_page_is_a_new_page_too(visit: Visit) -> None:
    page = visit.open(SPA)
    page.evaluate("history.pushState(null,'','/a')")
    page.evaluate("history.back()")
    page.wait_for_url("**/p")
    events = visit.stored(4)
    assert [event["call"] for event in events] == [*START, *LATER, *LATER]
    assert (tails(events[2:], "page"), tails(events[2:], "ref")) == (["a", "p"], ["p", "a"])


def test_history_itself_works_as_before(visit: Visit) -> None:
    page = visit.open(SPA)
    page.evaluate("history.pushState({a:1},'','/a')")
    assert page.evaluate("[history.state, history.length > 1, location.pathname]") == [{"a": 1}, True, "/a"]
    refused = "try { history.pushState(()=>1,'','/b'); 0 } catch (error) { error.name }"
    assert page.evaluate(refused) == "DataCloneError"


def test_a_shop_that_did_not_say_so_is_no_single_page_shop(visit: Visit) -> None:
    page = visit.open(INIT)
    page.evaluate("history.pushState(null,'','/a'); r46('track','view',1)")
    events = visit.stored(3)
    assert [event["call"] for event in events] == [*START, ["track", "view", 1]]
    assert len({event["pv"] for event in events}) == 1


def test_a_page_from_the_back_forward_cache_is_viewed_again(visit: Visit) -> None:
    page = visit.open(INIT)
    first = visit.stored(2)[1]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow',{persisted:false}))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow',{persisted:true}))")
    again = visit.stored(3)[2]
    assert (again["call"], again["page"], again["sid"]) == (LATER[0], first["page"], first["sid"])
    assert again["pv"] != first["pv"]


def test_a_prerendered_page_is_no_visit_until_it_is_shown(visit: Visit) -> None:
    visit.context.add_init_script(
        "Object.defineProperty(document,'prerendering',{value:true,configurable:true})"
    )
    visit.recorder.pages["/p"] = (
        "<link rel=icon href=data:,><script>window.r46=function(){(r46.q=r46.q||[]).push(arguments)};"
        f"{INIT} r46('track','view',1)</script><script src=/v3.js?global=r46></script>"
    )
    page = visit.context.new_page()
    page.goto(visit.recorder.origin + "/p")
    assert page.evaluate("[r46.loaded || null, r46.q.length, document.cookie, localStorage.length]") == [
        None,
        2,
        "",
        0,
    ]
    assert visit.recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    assert visit.calls(3) == [*START, ["track", "view", 1]]


def test_data_that_had_to_be_cut_is_noted_on_its_own_event_only(visit: Visit) -> None:
    page = visit.open(INIT)
    page.evaluate("var x={id:1}; x.x=x; r46('track','view',x); r46('track','view',2)")
    page.evaluate("r46('track','cart',{get id(){throw 1}})")
    events = visit.stored(5)[2:]
    assert [(event["call"], event.get("notes")) for event in events] == [
        (["track", "view", {"id": 1, "x": None}], ["field_format:data"]),
        (["track", "view", 2], None),
        (["track", "cart"], ["field_format:data"]),
    ]


def test_an_init_of_another_shop_is_noted_on_what_follows(visit: Visit) -> None:
    page = visit.open(INIT + "r46('track','view',1);" + INIT + "r46('track','view',2)")
    page.evaluate("r46('init','other'); r46('track','view',3)")
    assert [event.get("notes") for event in visit.stored(5)] == [None] * 4 + [["init_duplicate"]]
