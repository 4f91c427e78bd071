"""Consent, its withdrawal, and Global Privacy Control: what is then neither stored nor sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.script.recorder import DID
from tests.script.visit import BUY, INIT, PURCHASE, SHOP, START, Visit

pytestmark = pytest.mark.browser

GPC = "Object.defineProperty(Navigator.prototype,'globalPrivacyControl',{get:()=>true});"
WITHHELD = f"r46('init','{SHOP}',null,null,null,{{consent:false}});"
ANONYMOUS = f"r46('init','{SHOP}',null,null,null,{{consent:false,consent_off:'anonymous'}});"
PERSON = {"order": "N2", "email": "a@b.c", "phone": "+3712345", "products": [{"id": 1}]}
IDS = {"did", "sid", "seance", "segment", "ssid", "src"}


def kept(visit: Visit, page: Page) -> tuple[list[str], list[str]]:
    """Names of all cookies and all storage keys."""
    return [cookie["name"] for cookie in visit.context.cookies()], page.evaluate("Object.keys(localStorage)")


def paths(visit: Visit) -> list[str]:
    """What was asked for after the page and its script."""
    return [seen.path for seen in visit.recorder.seen if seen.path not in {"/p", "/2", "/v3.js"}]


@pytest.mark.parametrize(("sign", "key", "value"), [("gpc", "gpc", 1), ("off", "consent", 0)])
def test_anonymous_events_carry_no_id_and_nothing_is_kept(
    visit: Visit, sign: str, key: str, value: int
) -> None:
    visit.context.add_init_script(GPC if sign == "gpc" else "")
    calls = f"r46('track','purchase',{json.dumps(PERSON)}); r46('profile','set',{{id:1,email:'a@b.c'}});"
    calls += "r46('segment','add',{segment_id:'1'}); r46('track','view',1);"
    page = visit.open(
        (INIT if sign == "gpc" else ANONYMOUS) + calls, query="?recommended_by=bulk&bulk_code=7&utm_source=x"
    )
    events = visit.stored(4)
    assert visit.recorder.calls() == [
        "/track/clicked",
        ["track", "page_view"],
        ["track", "purchase", {"order": "N2", "products": [{"id": 1}]}],
        ["track", "view", 1],
    ]
    assert [IDS & event.keys() for event in events] == [set()] * 4
    assert [event[key] for event in events] == [value] * 4
    assert all(event["pv"] == events[0]["pv"] for event in events)
    assert kept(visit, page) == ([], [])
    assert set(paths(visit)) == {"/collect"}
    assert b"a@b.c" not in b"".join(seen.body for seen in visit.recorder.posts())


def test_no_option_and_no_consent_overrides_the_browsers_signal(visit: Visit) -> None:
    visit.context.add_init_script(GPC)
    page = visit.open(f"r46('init','{SHOP}',null,null,null,{{consent:true}}); r46('consent',true);")
    page.evaluate("r46('reset_session'); r46('track','view',1)")
    assert [(event.get("gpc"), event.get("did")) for event in visit.stored(2)] == [(1, None)] * 2
    assert kept(visit, page) == ([], [])


def test_ids_and_reads_are_empty_without_consent(visit: Visit) -> None:
    page = visit.open(
        "window.said=[]; function ok(v){said.push(['ok',v])} function no(v){said.push(['no',v])}"
        + WITHHELD
        + "r46('did',ok);r46('sid',ok);r46('profile','get',ok);r46('cart','get',ok,no);r46('segment','get',ok)"
    )
    not_served = ["no", {"status": "error", "code": "not_served"}]
    assert visit.said(page, 5) == [["ok", None], ["ok", None], ["ok", {}], not_served, ["ok", []]]
    assert paths(visit) == []


def test_calls_made_before_consent_are_sent_with_their_own_time_and_page(visit: Visit) -> None:
    page = visit.open("")
    page.clock.install(time=1_795_251_747)
    page.clock.pause_at(1_795_251_800)
    page.evaluate(WITHHELD + "r46('track','view',1);" + BUY)
    page.clock.run_for(5000)
    assert (kept(visit, page), paths(visit)) == (([], []), [])
    page.evaluate("history.pushState(0,'','/elsewhere'); r46('consent',true)")
    page.clock.run_for(300)
    page.wait_for_function("/device_id/.test(document.cookie)")
    page.clock.run_for(300)
    events = visit.stored(4)
    calls = [["track", "page_view"], ["track", "view", 1], ["track", "purchase", PURCHASE], START[0]]
    assert [event["call"] for event in events] == calls
    assert [event["t"] for event in events] == [1_795_251_800_000] * 3 + [1_795_251_805_000]
    assert [event["page"].rpartition("/")[2] for event in events] == ["p", "p", "p", "elsewhere"]
    assert {(event["did"], event["sid"]) for event in events} == {(DID, events[3]["sid"])}


def test_the_newest_50_calls_wait_for_consent_orders_before_others(visit: Visit) -> None:
    page = visit.open(WITHHELD + BUY + "for (let n = 0; n < 60; n++) r46('track','view',n);")
    page.evaluate("r46('consent',true)")
    calls = visit.calls(51)
    assert calls[:2] == [["track", "purchase", PURCHASE], ["track", "view", 11]]
    assert calls[-2:] == [["track", "view", 59], START[0]]


def test_without_consent_on_the_page_its_calls_are_dropped(visit: Visit) -> None:
    page = visit.open(WITHHELD + "r46('track','view',1)")
    visit.open(INIT, path="/2", page=page)
    assert visit.calls(2) == START


def test_a_withdrawal_removes_what_is_ours_and_nothing_else(visit: Visit) -> None:
    visit.context.add_cookies([{"name": "shop", "value": "1", "url": visit.recorder.origin}])
    page = visit.open(INIT, query="?recommended_by=bulk&bulk_code=7")
    visit.stored(3)
    page.evaluate("localStorage.shop=1; r46('debug'); r46('track','view',1); r46('consent',false)")
    assert kept(visit, page) == (["shop"], ["shop"])
    before = len(visit.recorder.seen)
    page.evaluate("said=[]; r46('track','view',2,v=>said.push(v)); r46('did',v=>said.push(v))")
    assert visit.said(page, 2) == [{"status": "success", "ignored": "consent"}, None]
    page.goto("about:blank")
    assert [seen.path for seen in visit.recorder.seen[before:]] == []


def test_consent_after_a_withdrawal_begins_a_new_visitor(visit: Visit) -> None:
    page = visit.open(INIT)
    first = visit.stored(2)[0]
    page.evaluate("r46('consent',false); r46('track','view',1); r46('consent',true)")
    events = visit.stored(4)[2:]
    assert [event["call"] for event in events] == [["track", "view", 1], START[0]]
    assert {event["sid"] for event in events} == {events[1]["sid"]}
    assert events[1]["sid"] != first["sid"]
    assert paths(visit).count("/init") == 2


def test_a_refusal_before_init_holds(visit: Visit) -> None:
    page = visit.open("r46('consent',false);" + INIT + "r46('track','view',1)")
    page.evaluate("r46('track','view',2)")
    assert (kept(visit, page), paths(visit)) == (([], []), [])


def test_ids_of_earlier_pages_outlive_a_page_that_has_not_asked_yet(visit: Visit) -> None:
    visit.open(INIT)
    first = visit.stored(2)[0]
    page = visit.open(WITHHELD, path="/2")
    page.evaluate("r46('consent',true)")
    last: dict[str, Any] = visit.stored(3)[2]
    assert (last["did"], last["sid"]) == (first["did"], first["sid"])


def test_a_message_click_before_consent_is_kept_with_it(visit: Visit) -> None:
    page = visit.open(WITHHELD, query="?recommended_by=chain&recommended_code=c1")
    page.evaluate("r46('consent',true)")
    visit.stored(3)
    visit.open(INIT, path="/2")
    source = visit.stored(4)[3]["src"]
    assert (source["from"], source["code"]) == ("chain", "c1")
