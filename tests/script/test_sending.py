"""What goes over the wire, and that a bad network, a closed page or a full store loses nothing it need not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.script.recorder import DID, Says, names
from tests.script.visit import BUY, EMPTY_QUEUE, INIT, LATER, PURCHASE, SHOP, START, Visit

pytestmark = pytest.mark.browser

ANSWERS = """window.answers=window.sends=0; window.fetch=(real=>(...given)=>real(...given,sends+=/collect/.test(given[0])).then(async reply=>{
  const text=await reply.text(); answers+=/collect/.test(given[0]);
  return {status:reply.status, headers:reply.headers, text:()=>Promise.resolve(text)} }))(fetch);"""
"""Lets a test know that the script has seen an answer, not only that one was sent."""

NOON = 1_795_251_747


def answered(page: Page, count: int) -> None:
    page.wait_for_function("count => answers >= count", arg=count)


def still(visit: Visit, calls: str = INIT) -> Page:
    """A page whose clock stands until a test moves it."""
    page = visit.open("")
    page.clock.install(time=NOON - 60)
    page.clock.pause_at(NOON)
    page.evaluate(ANSWERS + calls)
    page.wait_for_function("/device_id/.test(document.cookie)")
    return page


def test_the_envelope_is_the_documented_one(visit: Visit) -> None:
    first = visit.open(INIT, path="/first")
    visit.stored(2)
    first.goto("about:blank")
    visit.open(
        INIT + "r46('track','view',37)", query="?recommended_by=dynamic&recommended_code=b&utm_source=x"
    )
    visit.stored(4)
    envelope = visit.recorder.posts()[-1].envelope
    event = envelope.pop("events")[-1]
    sid = envelope.pop("sid")
    assert re.fullmatch(r"[A-Za-z0-9]{10}", sid)
    assert 0 <= envelope.pop("sent") - event.pop("t") < 5000
    ids = {"did": DID, "segment": "A"}
    assert envelope == {"v": 1, "shop_id": SHOP, **ids, "wd": 0, "st": 1, "lost": 0}
    assert re.fullmatch(r"[A-Za-z0-9]{8}", event.pop("pv"))
    assert re.fullmatch(r"[A-Za-z0-9]{20}", event.pop("eid"))
    assert event == {
        **ids,
        "sid": sid,
        "page": visit.recorder.origin + "/p?recommended_by=dynamic&recommended_code=b&utm_source=x",
        "title": "Shop",
        "ref": "",
        "call": ["track", "view", 37],
        "by": "dynamic",
        "code": "b",
    }


def test_a_robot_says_so(visit: Visit) -> None:
    visit.context.add_init_script("Object.defineProperty(Navigator.prototype,'webdriver',{get:()=>true})")
    visit.open(INIT)
    assert [event["wd"] for event in visit.stored(2)] == [1, 1]


def test_events_within_200_ms_share_a_request_and_a_purchase_does_not_wait(visit: Visit) -> None:
    page = still(visit)
    page.clock.run_for(300)
    visit.stored(2)
    answered(page, 1)
    page.evaluate("r46('track','view',1)")
    page.clock.run_for(150)
    page.evaluate("r46('track','view',2)")
    assert len(visit.recorder.posts()) == 1
    page.clock.run_for(60)
    visit.stored(4)
    answered(page, 2)
    page.evaluate(BUY)  # the clock stands
    visit.stored(5)
    assert [names(seen.envelope["events"]) for seen in visit.recorder.posts()] == [
        ["session_start", "page_view"],
        ["view", "view"],
        ["purchase"],
    ]


def test_a_purchase_in_the_moment_of_leaving_the_page_arrives(visit: Visit) -> None:
    visit.recorder.pages["/thanks"] = "<link rel=icon href=data:,>"
    page = visit.open(INIT)
    visit.stored(2)
    page.evaluate(f"setTimeout(() => {{ {BUY} location.href='/thanks' }})")
    page.wait_for_url("**/thanks")
    assert visit.calls(3) == [*START, ["track", "purchase", PURCHASE]]


def test_a_purchase_in_the_moment_of_closing_the_page_arrives(visit: Visit) -> None:
    page = visit.open(INIT)
    visit.stored(2)
    page.evaluate(BUY)
    page.close()
    assert visit.calls(3) == [*START, ["track", "purchase", PURCHASE]]


@pytest.mark.parametrize("beacon", ["", "navigator.sendBeacon=()=>false", "navigator.sendBeacon=undefined"])
def test_what_waits_when_the_page_goes_is_sent_then_and_counted_once(visit: Visit, beacon: str) -> None:
    page = visit.open(INIT)
    visit.stored(2)
    visit.recorder.pages["/next"] = "<link rel=icon href=data:,>"
    page.evaluate(f"{beacon}; r46('track','view',1); location.href='/next'")
    assert visit.calls(3) == [*START, ["track", "view", 1]]
    visit.open(INIT, path="/2")
    assert visit.calls(4)[2:] == [["track", "view", 1], *LATER]


@pytest.mark.parametrize(
    "sign",
    [
        "dispatchEvent(new Event('pagehide'))",
        "Object.defineProperty(document,'hidden',{value:true}); document.dispatchEvent(new Event('visibilitychange'))",
    ],
)
def test_either_sign_of_leaving_sends_what_waits(visit: Visit, sign: str) -> None:
    page = still(visit)
    page.evaluate(
        "window.beacons=0; navigator.sendBeacon=(real=>(...given)=>{beacons++; return real.apply(navigator,given)})"
        "(navigator.sendBeacon); null"
    )
    page.evaluate(sign)  # the clock stands
    assert visit.calls(2) == START
    page.evaluate(sign)
    assert page.evaluate("[beacons, sends]") == [1, 0]


def test_a_first_visit_that_ends_at_once_is_not_lost(visit: Visit) -> None:
    visit.recorder.gate.clear()
    page = visit.open(INIT + BUY)
    page.goto("about:blank")
    events = visit.stored(3)
    assert [event["call"] for event in events] == [*START, ["track", "purchase", PURCHASE]]
    assert re.fullmatch(r"[A-Za-z0-9]{10}", events[0]["did"])


@pytest.mark.parametrize("says", [Says(status=0), Says(status=503), Says(status=408)])
def test_a_server_that_is_down_gets_every_event_once_when_it_is_back(visit: Visit, says: Says) -> None:
    visit.recorder.always = says
    page = visit.open(INIT + "r46('track','view',1)")
    page = visit.open(INIT + BUY, path="/2", page=page)
    page = visit.open(INIT + "r46('track','view',3)", path="/3", page=page)
    visit.recorder.wait(lambda: len(visit.recorder.posts()) > 2)
    visit.recorder.always = None
    visit.open(INIT, path="/4", page=page)
    events = visit.stored(8)
    pages = [(names([event])[0], event["page"].rpartition("/")[2]) for event in events]
    assert pages == [
        ("session_start", "p"),
        ("page_view", "p"),
        ("view", "p"),
        ("page_view", "2"),
        ("purchase", "2"),
        ("page_view", "3"),
        ("view", "3"),
        ("page_view", "4"),
    ]
    assert len({event["eid"] for event in events}) == 8


def test_a_retry_waits_longer_each_time_and_not_over_a_minute(visit: Visit) -> None:
    visit.recorder.always = Says(status=500)
    page = still(visit, "Math.random=()=>0.999;" + INIT)
    page.clock.run_for(300)
    for count, wait in enumerate((1, 2, 4, 8, 16, 32, 60, 60), start=1):
        answered(page, count)
        page.clock.run_for(wait * 900)
        assert page.evaluate("sends") == count
        page.clock.run_for(wait * 200)
        assert page.evaluate("sends") == count + 1


def test_retry_after_is_honoured(visit: Visit) -> None:
    visit.recorder.next.append(Says(status=429, body={"status": "error"}, headers={"Retry-After": "90"}))
    page = still(visit)
    page.clock.run_for(300)
    answered(page, 1)
    page.evaluate(BUY)
    page.clock.run_for(89_000)
    assert page.evaluate("sends") == 1
    page.clock.run_for(2000)
    assert visit.calls(3) == [*START, ["track", "purchase", PURCHASE]]


def test_being_online_again_ends_the_wait(visit: Visit) -> None:
    visit.recorder.next.append(Says(status=503, headers={"Retry-After": "90"}))
    page = still(visit)
    page.clock.run_for(300)
    answered(page, 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    assert visit.calls(2) == START


@pytest.mark.parametrize("status", [400, 404])
def test_a_final_refusal_is_not_repeated(visit: Visit, status: int) -> None:
    refusal = {"status": "error", "payload": {"code": "x"}}
    visit.recorder.next.append(Says(status=status, body=refusal))
    page = visit.open(INIT + "r46('track','view',1,()=>0,v=>said=[v])")
    assert visit.said(page, 1) == [refusal]
    page.evaluate("r46('track','view',2)")
    assert visit.calls(1) == [["track", "view", 2]]
    assert len(visit.recorder.posts()) == 2


def test_an_answer_that_is_not_the_collectors_acknowledges_nothing(visit: Visit) -> None:
    visit.recorder.next.append(Says(status=200, body=b"<html>Please log in to this network"))
    visit.open(INIT)
    visit.recorder.wait(lambda: len(visit.recorder.posts()) == 2)
    first, second = (seen.envelope["events"] for seen in visit.recorder.posts())
    assert [event["eid"] for event in first] == [event["eid"] for event in second]


def test_413_halves_the_batch_until_it_fits(visit: Visit) -> None:
    too_large = Says(status=413, body={"status": "error"})
    visit.recorder.next.extend([too_large, too_large])
    visit.open(INIT + "for (let n = 0; n < 10; n++) r46('track','view',n);")
    visit.stored(12)
    sizes = [len(seen.envelope["events"]) for seen in visit.recorder.posts()]
    assert sizes == [12, 6, 3, 3, 3, 3]
    assert visit.recorder.calls() == START + [["track", "view", number] for number in range(10)]


def test_a_single_event_that_is_too_large_for_the_server_is_given_up(visit: Visit) -> None:
    visit.recorder.always = Says(status=413, body={"status": "error"})
    page = visit.open(INIT)
    page.wait_for_function(EMPTY_QUEUE)
    assert [len(seen.envelope["events"]) for seen in visit.recorder.posts()] == [2, 1, 1]


def test_a_request_holds_at_most_50_events(visit: Visit) -> None:
    visit.open("for (let n = 0; n < 90; n++) r46('track','view',n);" + INIT)
    assert visit.calls(92) == START + [["track", "view", number] for number in range(90)]
    assert [len(seen.envelope["events"]) for seen in visit.recorder.posts()] == [50, 42]


def test_a_request_holds_at_most_60000_bytes(visit: Visit) -> None:
    visit.open("for (let n = 0; n < 10; n++) r46('track','view',{id:n,name:'д'.repeat(3050)});" + INIT)
    wanted = [["track", "view", {"id": number, "name": "д" * 3050}] for number in range(10)]
    assert visit.calls(12) == START + wanted
    assert [len(seen.body) <= 60_000 for seen in visit.recorder.posts()] == [True, True]


def test_a_huge_event_goes_alone_and_one_past_256_kib_is_counted_as_lost(visit: Visit) -> None:
    page = visit.open(INIT)
    visit.stored(2)
    page.evaluate(
        "r46('track','view',1); r46('track','big',{x:'y'.repeat(1e5)}); r46('track','view',2);"
        "r46('track','huge',{x:'y'.repeat(3e5)},()=>0,v=>said=[v])"
    )
    assert visit.said(page, 1) == [{"status": "error", "code": "too_large"}]
    assert names(visit.stored(5)) == ["session_start", "page_view", "view", "big", "view"]
    alone = [names(seen.envelope["events"]) for seen in visit.recorder.posts() if len(seen.body) > 60_000]
    assert alone == [["big"]]
    assert [seen.envelope["lost"] for seen in visit.recorder.posts()][:2] == [0, 1]
    page.evaluate("r46('track','view',3)")
    visit.stored(6)
    assert visit.recorder.posts()[-1].envelope["lost"] == 0


@pytest.mark.parametrize(
    "broken",
    [
        "delete window.fetch",
        "window.fetch=()=>{throw Error('wrapped')}",
        "window.fetch=()=>undefined",
        "window.fetch=()=>Promise.reject()",
        "window.fetch=()=>Promise.resolve({status:200,headers:new Headers,text(){throw 1}})",
    ],
)
def test_a_page_that_broke_fetch_loses_nothing_for_good(visit: Visit, broken: str) -> None:
    page = visit.open(broken + ";" + INIT + "r46('track','view',1)")
    assert [path for _, path in visit.recorder.log()] == ["/p", "/v3.js"]
    visit.open(INIT, path="/2", page=page)
    assert visit.calls(4) == [*START, ["track", "view", 1], *LATER]
