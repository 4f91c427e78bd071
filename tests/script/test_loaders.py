"""Loaders, the queue they leave, and how the live function takes it over."""

from __future__ import annotations

import pytest

from tests.script.recorder import DID, Recorder, recording
from tests.script.visit import INIT, LOADERS, OURS, SHOP, START, Visit

pytestmark = pytest.mark.browser

BEFORE = "r46('track','view',37); r46('track','cart',{id:37,amount:2});"
CALLS = [["track", "view", 37], ["track", "cart", {"id": 37, "amount": 2}]]


@pytest.mark.parametrize("loader", LOADERS)
def test_calls_before_and_after_load_arrive_in_order_and_nothing_else_is_asked(
    visit: Visit, loader: str
) -> None:
    page = visit.open(INIT + BEFORE, loader=LOADERS[loader])
    assert visit.calls(4) == START + CALLS
    page.evaluate("r46('track','category',5)")
    assert visit.calls(5)[4:] == [["track", "category", 5]]
    assert visit.recorder.log() == [
        ("GET", "/p"),
        ("GET", "/v3.js"),
        ("GET", "/init"),
        ("POST", "/collect"),
        ("POST", "/collect"),
    ]


@pytest.mark.parametrize("loader", LOADERS)
def test_calls_made_before_init_follow_it(visit: Visit, loader: str) -> None:
    visit.open(BEFORE + INIT, loader=LOADERS[loader])
    assert visit.calls(4) == START + CALLS


@pytest.mark.parametrize("loader", LOADERS)
def test_an_init_after_load_releases_the_calls_that_waited(visit: Visit, loader: str) -> None:
    page = visit.open(BEFORE, loader=LOADERS[loader])
    page.evaluate("r46('track','search','red & blue')")
    assert visit.recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]
    page.evaluate(INIT)
    assert visit.calls(5) == [*START, *CALLS, ["track", "search", "red & blue"]]


def test_the_newest_200_calls_wait_for_a_late_init(visit: Visit) -> None:
    page = visit.open("")
    page.evaluate("for (let n = 0; n < 205; n++) r46('did', () => (window.said = window.said || []).push(n))")
    page.evaluate(INIT)
    assert visit.said(page, 200) == list(range(5, 205))


def test_a_second_inclusion_changes_nothing(visit: Visit) -> None:
    page = visit.open(INIT + BEFORE)
    visit.stored(4)
    page.add_script_tag(url=f"{visit.recorder.origin}/v3.js")
    page.evaluate("r46('track','category',5)")
    assert visit.calls(5) == [*START, *CALLS, ["track", "category", 5]]
    assert [path for _, path in visit.recorder.log()].count("/init") == 1


def test_a_second_inclusion_drains_a_new_stub_into_the_first_function(visit: Visit) -> None:
    page = visit.open(INIT)
    visit.stored(2)
    page.evaluate("window.r46=function(){(r46.q=r46.q||[]).push(arguments)};" + INIT + BEFORE)
    page.add_script_tag(url=f"{visit.recorder.origin}/v3.js")
    assert visit.calls(4) == START + CALLS
    assert "r46 init_duplicate" in visit.warnings


def test_an_old_stub_kept_in_a_variable_still_works(visit: Visit) -> None:
    page = visit.open("var old=r46, list; " + INIT + "list=r46.q;")
    page.evaluate("old('track','view',1); list.push(['track','view',2]); r46.q.push(['track','view',3])")
    assert visit.calls(5)[2:] == [["track", "view", 1], ["track", "view", 2], ["track", "view", 3]]


def test_garbage_in_the_queue_costs_only_itself(visit: Visit) -> None:
    garbage = "null,undefined,7,'text',{},[],[null],[{}],[['init']],{length:1e9,0:5},()=>1,Symbol('x'),NaN"
    visit.open(f"r46.q=[{garbage}]; {INIT} r46.q.push(['track','view',1]); r46.q.push(null); {BEFORE}")
    assert visit.calls(5) == [*START, ["track", "view", 1], *CALLS]


@pytest.mark.parametrize("value", ["{}", "'text'", "5", "Object.freeze([])", "{push:1}"])
def test_a_queue_that_is_no_queue_is_replaced(visit: Visit, value: str) -> None:
    page = visit.open(f"r46.q={value};")
    page.evaluate(INIT + BEFORE)
    assert visit.calls(4) == START + CALLS


def test_every_stub_with_a_queue_goes_live_with_keys_of_its_own(visit: Visit) -> None:
    stub = "window.personaclick=function(){(personaclick.q=personaclick.q||[]).push(arguments)};"
    page = visit.open(f"{stub} personaclick('init','{SHOP}','web1'); {INIT}")
    visit.stored(4)
    keys = sorted(page.evaluate("Object.keys(localStorage).map(key => key.split(':')[0])"))
    assert keys == [
        "personaclick_device_id",
        "personaclick_queue",
        "personaclick_segment",
        "personaclick_session_code",
        "personaclick_session_last_act",
        "r46_segment",
        "rees46_device_id",
        "rees46_queue",
        "rees46_session_code",
        "rees46_session_last_act",
    ]


@pytest.mark.parametrize("tag", ['v3.js" data-global="shoplog', "v3.js?global=shoplog"])
def test_an_explicit_name_leaves_the_vendors_function_alone(visit: Visit, tag: str) -> None:
    origin = visit.recorder.origin
    visit.recorder.pages["/side"] = (
        "<link rel=icon href=data:,><script>window.r46=function(){(r46.q=r46.q||[]).push(arguments)};"
        "window.shoplog=function(){(shoplog.q=shoplog.q||[]).push(arguments)};"
        f"r46('init','vendor'); shoplog('init','{SHOP}');</script>"
        f'<script async src="{origin}/{tag}"></script>'
    )
    page = visit.context.new_page()
    page.goto(origin + "/side")
    assert visit.calls(2) == START
    assert page.evaluate("[r46.loaded || null, r46.q.length, shoplog.loaded]") == [None, 1, True]


def test_a_page_of_another_origin_works_across_it(visit: Visit) -> None:
    with recording() as shop:
        visit.open(INIT + BEFORE, shop=shop)
        events = visit.stored(4)
        assert shop.log() == [("GET", "/p")]
    assert [event["call"] for event in events] == START + CALLS
    # A simple request: no preflight was needed, and no cookie went along.
    assert [seen.method for seen in visit.recorder.seen] == ["GET", "GET", "POST"]
    post = visit.recorder.posts()[0]
    assert post.headers["content-type"] == "text/plain;charset=UTF-8"
    assert "cookie" not in post.headers


@pytest.mark.parametrize("form", ["%s", "http://%s", "//%s", "http://%s/"])
def test_api_host_is_understood_in_every_form(visit: Visit, form: str) -> None:
    with recording() as api:
        visit.known.add(api.origin)
        host = form % api.origin.removeprefix("http://")
        visit.open(f"r46('init','{SHOP}',null,()=>1,()=>2,{{api_host:'{host}'}});")
        api.wait(lambda: len(api.stored()) == 2)
        assert api.log() == [("GET", "/init"), ("POST", "/collect")]
        assert api.stored()[0]["did"] == DID
    assert visit.recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]


def test_without_any_call_nothing_is_asked_and_nothing_is_stored(visit: Visit, recorder: Recorder) -> None:
    page = visit.open("", loader=OURS)
    assert page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    assert recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]
