"""Who the visitor is: ids, where they are kept, when a session ends, and what others left behind."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.script.recorder import DID, Says
from tests.script.visit import INIT, LATER, SHOP, START, Visit

pytestmark = pytest.mark.browser

NO_STORAGE = (
    "Object.defineProperty(window,'localStorage',{get(){throw new DOMException('no','SecurityError')}});"
)
FAKE = "Object.defineProperty(window,'localStorage',{value:new Proxy({},{set(){%s}})});"
FULL_STORAGE = FAKE % "throw new DOMException('full','QuotaExceededError')"
FORGETFUL = FAKE % "return true"
FROZEN = "Object.defineProperty(window,'localStorage',{value:Object.freeze({})});"
NO_COOKIES = "Object.defineProperty(Document.prototype,'cookie',{get(){return ''},set(){}});"
COOKIES_THROW = "Object.defineProperty(Document.prototype,'cookie',{get(){throw Error('sandbox')},set(){throw Error('sandbox')}});"


def jar(visit: Visit) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in visit.context.cookies()}


def put_cookie(visit: Visit, name: str, value: str) -> None:
    visit.context.add_cookies([{"name": name, "value": value, "url": visit.recorder.origin}])


def kept(page: Page, key: str) -> Any:
    return page.evaluate("key => localStorage.getItem(key)", key)


def test_ids_are_kept_in_cookies_and_in_storage(visit: Visit) -> None:
    page = visit.open(INIT)
    event = visit.stored(2)[0]
    assert re.fullmatch("[A-Za-z0-9]{10}", event["sid"])
    assert (event["did"], event["segment"]) == (DID, "A")
    expected = {
        "rees46_device_id": DID,
        "rees46_session_code": event["sid"],
        "rees46_session_last_act": kept(page, "rees46_session_last_act"),
        "r46_segment": "A",
    }
    assert jar(visit) == expected
    assert {key: kept(page, key) for key in expected} == expected


def test_cookies_last_400_days_and_two_hours_on_the_whole_path(visit: Visit) -> None:
    page = visit.open(INIT)
    visit.stored(2)
    now = page.evaluate("Date.now()") / 1000
    life = {cookie["name"]: cookie["expires"] - now for cookie in visit.context.cookies()}
    days = {name: round(seconds / 86400, 2) for name, seconds in life.items()}
    assert days == {
        "rees46_device_id": 400.0,
        "r46_segment": 400.0,
        "rees46_session_code": 0.08,
        "rees46_session_last_act": 0.08,
    }
    assert {(cookie["path"], cookie["sameSite"]) for cookie in visit.context.cookies()} == {("/", "Lax")}


def test_the_cookie_wins_over_storage_and_is_copied_to_it(visit: Visit) -> None:
    page = visit.open("")
    page.evaluate("localStorage.rees46_device_id='fromstore0'; document.cookie='rees46_device_id=fromcookie'")
    page.evaluate(INIT)
    assert visit.stored(2)[0]["did"] == "fromcookie"
    assert kept(page, "rees46_device_id") == "fromcookie"


def test_a_did_given_by_the_shop_comes_first(visit: Visit) -> None:
    put_cookie(visit, "rees46_device_id", "fromcookie")
    visit.open(f"r46('init','{SHOP}',null,null,null,{{did:'Köln +7;42'}})")
    assert visit.stored(2)[0]["did"] == "Köln +7;42"
    visit.open(INIT, path="/2")
    assert visit.stored(3)[2]["did"] == "Köln +7;42"


@pytest.mark.parametrize(("did", "segment"), [("AH5aEvmlqn", "A"), ("Qw7Er5Ty3U", "B")])
def test_the_segment_is_computed_from_the_did_and_sticks(visit: Visit, did: str, segment: str) -> None:
    put_cookie(visit, "rees46_device_id", did)
    page = visit.open(INIT)
    assert visit.stored(2)[0]["segment"] == segment
    page.evaluate("localStorage.rees46_device_id = document.cookie = 'rees46_device_id=another'")
    visit.open(INIT, path="/2")
    assert visit.stored(3)[2]["segment"] == segment


def test_a_stored_segment_is_kept(visit: Visit) -> None:
    put_cookie(visit, "rees46_device_id", "AH5aEvmlqn")
    put_cookie(visit, "r46_segment", "B")
    visit.open(INIT)
    assert visit.stored(2)[0]["segment"] == "B"


def test_a_new_visitor_takes_the_segment_of_the_answer(visit: Visit) -> None:
    visit.recorder.init = Says(body={"did": "AH5aEvmlqn", "segment": "B"})
    visit.open(INIT)
    assert visit.stored(2)[0]["segment"] == "B"


def test_events_wait_for_the_did_at_most_a_second_and_a_half(visit: Visit) -> None:
    visit.recorder.gate.clear()
    page = visit.open("")
    page.clock.install(time=0)
    page.clock.pause_at(1_795_251_747)
    page.evaluate(INIT)
    page.clock.run_for(1400)
    assert visit.recorder.posts() == []
    page.clock.run_for(400)
    did = visit.stored(2)[0]["did"]
    assert re.fullmatch("[A-Za-z0-9]{10}", did)
    assert did != DID
    with page.expect_response("**/init?**"):
        visit.recorder.gate.set()
    page.evaluate("r46('track','view',1)")
    page.clock.run_for(300)
    assert [event["did"] for event in visit.stored(3)] == [did] * 3
    assert jar(visit)["rees46_device_id"] == did


def test_a_known_visitor_does_not_wait_for_init(visit: Visit) -> None:
    put_cookie(visit, "rees46_device_id", DID)
    visit.recorder.gate.clear()
    visit.open(INIT)
    assert visit.calls(2) == START
    assert [seen.path for seen in visit.recorder.seen] == ["/p", "/v3.js", "/collect"]


def test_a_session_ends_after_two_hours_without_events(visit: Visit) -> None:
    page = visit.open("")
    page.clock.install(time=1_795_251_747)
    page.clock.pause_at(1_795_251_800)
    page.evaluate(INIT)
    page.wait_for_function("/device_id/.test(document.cookie)")
    page.clock.run_for(300)
    first = visit.stored(2)[0]["sid"]
    for gap in (7199, 7200):
        page.clock.fast_forward(
            gap * 1000 - int(page.evaluate("Date.now() - localStorage.rees46_session_last_act"))
        )
        page.evaluate("gap => r46('track','view',gap)", gap)
        page.clock.run_for(300)
        visit.recorder.wait(lambda gap=gap: ["track", "view", gap] in visit.recorder.calls())  # type: ignore[misc]
    events = visit.recorder.stored()
    calls = [event["call"] for event in events]
    assert calls == [*START, ["track", "view", 7199], ["track", "session_start"], ["track", "view", 7200]]
    second = events[-1]["sid"]
    assert second != first
    assert [event["sid"] for event in events] == [first] * 3 + [second] * 2
    assert [seen.query["sid"] for seen in visit.recorder.seen if seen.path == "/init"] == [first, second]


def test_a_session_goes_on_over_pages(visit: Visit) -> None:
    visit.open(INIT)
    visit.stored(2)
    visit.open(INIT, path="/2")
    events = visit.stored(3)
    assert [event["call"] for event in events] == START + LATER
    assert len({event["sid"] for event in events}) == 1
    assert len({event["pv"] for event in events}) == 2


def test_pageviews_can_be_switched_off(visit: Visit) -> None:
    visit.open(f"r46('init','{SHOP}',null,null,null,{{pageviews:false}}); r46('track','view',1)")
    assert visit.calls(2) == [START[0], ["track", "view", 1]]


def test_cookieless_writes_no_cookie(visit: Visit) -> None:
    cookieless = f"r46('init','{SHOP}',null,null,null,{{cookieless:true}})"
    visit.open(cookieless)
    first = visit.stored(2)[0]
    visit.open(cookieless, path="/2")
    assert jar(visit) == {}
    later = visit.stored(3)[2]
    assert (later["call"], later["did"], later["sid"]) == (["track", "page_view"], DID, first["sid"])


@pytest.mark.parametrize(
    "storage",
    ["", NO_STORAGE, FULL_STORAGE, FORGETFUL, FROZEN],
    ids=["ok", "blocked", "full", "forgets", "frozen"],
)
@pytest.mark.parametrize("cookies", ["", NO_COOKIES, COOKIES_THROW], ids=["ok", "blocked", "throw"])
def test_blocked_storage_and_cookies_cost_no_event(visit: Visit, storage: str, cookies: str) -> None:
    visit.context.add_init_script(storage + cookies)
    page = visit.open(INIT + "r46('track','view',1)")
    page.evaluate("r46('track','view',2)")
    events = visit.stored(4)
    assert [event["call"] for event in events] == [*START, ["track", "view", 1], ["track", "view", 2]]
    assert len({event["sid"] for event in events}) == 1
    nowhere = storage and cookies
    assert [event.get("st") for event in events] == [0 if nowhere else 1] * 4
    page.evaluate("r46('track','view',3)")
    visit.stored(5)
    assert len(visit.recorder.arrivals()) == 5  # what is acknowledged is not sent again


def test_the_opt_out_cookie_stops_everything_and_callbacks_still_fire(visit: Visit) -> None:
    put_cookie(visit, "r46_personalization_opt_out", "optout")
    page = visit.open(
        "window.said=[]; function ok(v){said.push(v)}"
        f"r46('init','{SHOP}',null,ok); r46('track','view',1,ok); r46('profile','set',{{id:1}},ok); r46('did',ok)"
    )
    ignored = {"status": "success", "ignored": "opt_out"}
    assert visit.said(page, 4) == [ignored, ignored, ignored, None]
    assert jar(visit) == {"r46_personalization_opt_out": "optout"}
    assert page.evaluate("localStorage.length") == 0
    assert visit.recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]


def test_consent_withheld_at_init_sends_and_stores_nothing(visit: Visit) -> None:
    page = visit.open(
        f"r46('init','{SHOP}',null,null,null,{{consent:false}}); r46('track','view',1,v=>said=[v])"
    )
    assert visit.said(page, 1) == [{"status": "success", "ignored": "consent"}]
    assert (jar(visit), page.evaluate("localStorage.length")) == ({}, 0)
    assert visit.recorder.log() == [("GET", "/p"), ("GET", "/v3.js")]


def test_an_old_ssid_is_sent_along(visit: Visit) -> None:
    put_cookie(visit, "rees46_session_id", "5f0c9a1e-0000-4000-8000-000000000000")
    visit.open(INIT)
    assert {event["ssid"] for event in visit.stored(2)} == {"5f0c9a1e-0000-4000-8000-000000000000"}


LEFT = {"cart": [{"id": 1, "amount": 2}], "purchase": {"order": "a b+c", "products": [{"id": 1}]}}
REPLAYED = [["track", "cart", LEFT["cart"]], ["track", "purchase", LEFT["purchase"]]]
LEFT_COOKIE = quote(json.dumps(LEFT)).replace("%20", "+")


def test_calls_left_in_a_cookie_are_replayed_and_the_cookie_removed(visit: Visit) -> None:
    put_cookie(visit, "r46_events_track", LEFT_COOKIE)
    visit.open(INIT + "r46('track','view',1)")
    assert visit.calls(5) == [START[0], *REPLAYED, START[1], ["track", "view", 1]]
    assert "r46_events_track" not in jar(visit)
    put_cookie(visit, "r46_events_track", LEFT_COOKIE)
    visit.open(INIT, path="/2")
    assert visit.calls(8)[5:] == REPLAYED + LATER


def test_a_cookie_that_cannot_be_removed_is_replayed_once(visit: Visit) -> None:
    visit.context.add_init_script(
        "(jar => Object.defineProperty(document,'cookie',{get: () => jar.get.call(document), set: value => "
        "/^r46_events_track=/.test(value) || jar.set.call(document, value)}))"
        "(Object.getOwnPropertyDescriptor(Document.prototype,'cookie'))"
    )
    put_cookie(visit, "r46_events_track", LEFT_COOKIE)
    visit.open(INIT)
    assert visit.calls(4) == [START[0], *REPLAYED, START[1]]
    visit.open(INIT, path="/2")
    assert visit.calls(5)[4:] == LATER
    put_cookie(visit, "r46_events_track", quote('{"cart":[]}'))
    visit.open(INIT, path="/3")
    assert visit.calls(7)[5:] == [["track", "cart", []], *LATER]


@pytest.mark.parametrize("value", ["%7Bbroken", "[1]", "5", "%ff", '{"cart":'])
def test_a_damaged_replay_cookie_costs_nothing_else(visit: Visit, value: str) -> None:
    put_cookie(visit, "r46_events_track", value)
    visit.open(INIT + "r46('track','view',1)")
    assert visit.calls(3) == [*START, ["track", "view", 1]]
