"""Reads the collector does serve, and writes of which only its answer may tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.script.recorder import DID, Says
from tests.script.visit import EMPTY_QUEUE, INIT, SHOP, START, Visit

pytestmark = pytest.mark.browser

SAY = "window.said=[]; function ok(v){said.push(['ok',v])} function no(v){said.push(['no',v])}\n"
NOT_SERVED = {"status": "error", "code": "not_served"}
CART = {"status": "success", "data": {"items": [{"uniqid": "37", "quantity": 2}]}}
COUNTERS = {"daily": {"view": 3, "cart": 1, "purchase": 0}, "now": {"view": 1, "cart": 0, "purchase": 0}}
PROFILE = {"id": None, "has_email": True, "gender": "f", "custom_properties": {"size": "M"}}

READS: list[tuple[list[Any], str, Any]] = [
    (["profile", "get"], "/profile", PROFILE),
    (["segment", "get"], "/segments/get", [{"id": "1", "type": "static"}]),
    (["segment", "get", {"email": "a@b.c"}], "/segments/get", []),
    (["cart", "get"], "/products/cart", CART),
    (["products", "counters", 37], "/products/counters", COUNTERS),
]


@pytest.mark.parametrize(("call", "path", "answer"), READS)
def test_a_read_gives_the_collectors_answer_about_this_visitor(
    visit: Visit, call: list[Any], path: str, answer: Any
) -> None:
    visit.recorder.reads[path] = Says(body=answer)
    page = visit.open(SAY + INIT + f"r46(...{json.dumps(call)},ok,no)")
    assert visit.said(page, 1) == [["ok", answer]]
    asked = next(seen for seen in visit.recorder.seen if seen.path == path)
    sid = visit.stored(2)[0]["sid"]
    assert {key: asked.query[key] for key in ("shop_id", "did", "sid")} == {
        "shop_id": SHOP,
        "did": DID,
        "sid": sid,
    }
    assert asked.query.get("item") == ("37" if path.endswith("counters") else asked.query.get("item"))
    assert "@" not in "".join(asked.query.values())
    assert visit.recorder.calls() == START


@pytest.mark.parametrize(
    "says", [Says(status=404, body={"status": "error"}), Says(status=0), Says(body=b"<html>")]
)
def test_a_read_that_fails_gives_its_error_or_else_nothing_invented(visit: Visit, says: Says) -> None:
    empty: dict[str, Any] = {"/profile": {}, "/segments/get": [], "/products/cart": {}}
    for _, path, _ in READS:
        visit.recorder.reads[path] = says
    calls = [["profile", "get"], ["segment", "get"], ["cart", "get"], ["products", "counters", 1]]
    page = visit.open(
        SAY + INIT + "".join(f"r46(...{json.dumps(c)},ok);r46(...{json.dumps(c)},ok,no);" for c in calls)
    )
    said = visit.said(page, 7)
    wanted = [["ok", value] for value in empty.values()] + [["no", NOT_SERVED]] * 4
    assert sorted(map(json.dumps, said)) == sorted(map(json.dumps, wanted))


def test_only_init_may_meet_a_cookie_of_the_collector(visit: Visit) -> None:
    visit.context.add_init_script(
        "window.modes={}; window.fetch=(real=>(url,options)=>{modes[new URL(url).pathname]=options.credentials;"
        "return real(url,options)})(fetch)"
    )
    visit.recorder.reads["/profile"] = Says(body=PROFILE)
    page = visit.open(SAY + INIT + "r46('profile','get',ok)")
    visit.said(page, 1)
    visit.stored(2)
    assert page.evaluate("modes") == {"/init": "include", "/collect": "omit", "/profile": "omit"}


def test_a_block_asked_for_is_recorded_once_a_page_and_gives_its_empty_value(visit: Visit) -> None:
    page = visit.open(
        SAY + INIT + "r46('recommend','blk9',{item:1},ok); r46('recommend','blk9',{item:2},ok,no);"
    )
    empty: dict[str, Any] = {"id": None, "title": "", "html": "", "recommends": []}
    assert visit.said(page, 2) == [["ok", empty], ["no", NOT_SERVED]]
    assert visit.calls(3) == [*START, ["recommend", "blk9"]]
    visit.open(INIT + "r46('recommend','blk9',{},()=>1); r46('recommend','similar',{},()=>1)", path="/2")
    assert visit.calls(6)[4:] == [["recommend", "blk9"], ["recommend", "similar"]]


REFUSING = """window.fetch = (real => (url, options) => real(url, options).then(reply => {
    if (!options.body) return reply
    const results = JSON.parse(options.body).events.filter(event => /subscr|loyalty/.test(event.call[0]))
        .map(event => ({eid: event.eid, verdict: 'accepted', codes: ['not_served'], status: 404}))
    return new Response(JSON.stringify({status: 'success', accepted: 1, results}))
}))(fetch);"""


def test_a_write_nobody_serves_is_recorded_and_fails_as_the_collector_says(visit: Visit) -> None:
    calls: list[Any] = [
        ["subscription", "manage", {"email": "a@b.c", "email_bulk": True}],
        ["webpush_subscription", "subscribe", {}],
        ["subscribe_trigger", "back_in_stock", {"item": 1}],
        ["unsubscribe_trigger", "price_drop", {}],
        ["loyalty", "join", {"phone": "1"}],
    ]
    page = visit.open(REFUSING + SAY + INIT + ";".join(f"r46(...{json.dumps(call)},ok,no)" for call in calls))
    said = visit.said(page, 5)
    assert [(kind, value["codes"], value["status"]) for kind, value in said] == [
        ("no", ["not_served"], 404)
    ] * 5
    assert visit.calls(7) == START + calls


def test_a_shop_that_takes_writes_itself_gets_their_success(visit: Visit) -> None:
    page = visit.open(SAY + INIT + "r46('subscription','manage',{email:'a@b.c'},ok,no)")
    assert visit.said(page, 1) == [["ok", {"status": "success", "accepted": 1, "results": []}]]


def test_no_success_of_a_write_is_claimed_before_the_answer(visit: Visit) -> None:
    visit.recorder.always = Says(status=0)
    page = visit.open("")
    page.clock.install(time=1_795_251_747)
    page.clock.pause_at(1_795_251_800)
    page.evaluate(SAY + INIT + "r46('loyalty','join',{},ok,no); r46('track','view',1,ok,no)")
    page.clock.run_for(3000)
    assert visit.said(page, 1) == [["ok", {"status": "success", "queued": True}]]


def test_debugging_is_switched_and_prints_ids_and_what_became_of_each_event(visit: Visit) -> None:
    page = visit.open(INIT)
    page.wait_for_function(EMPTY_QUEUE)
    page.evaluate(
        "window.said=[]; console.log=(...given)=>said.push(given); r46('debug'); r46('track','view',37)"
    )
    ids, queue = visit.said(page, 2)[0]
    assert (ids["did"], queue) == (DID, [])
    event, answer = page.evaluate("said[1]")
    assert (event["call"], answer["status"]) == (["track", "view", 37], "success")
    assert "r46_debug=1" in page.evaluate("document.cookie")
    page.evaluate("r46('debug'); r46('track','view',38,()=>said.push('done'))")
    assert visit.said(page, 4)[3] == "done"
    assert "r46_debug=1" not in page.evaluate("document.cookie")
