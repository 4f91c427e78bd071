"""Commands and their callbacks, served or not; and that nothing a page does makes them throw."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.script.recorder import DID, Says
from tests.script.recorder import INIT as ANSWER
from tests.script.visit import EMPTY_QUEUE, INIT, SHOP, START, Visit

pytestmark = pytest.mark.browser

SAY = "window.said=[]; function ok(v){said.push(['ok',v])} function no(v){said.push(['no',v])}\n"
NOT_SERVED = ["no", {"status": "error", "code": "not_served"}]
PAGE = {"products": [], "products_total": 0}
FOUND = {"products": [], "products_total": 0, "categories": [], "html": ""}


def test_every_standard_and_custom_event_is_sent_as_it_was_called(visit: Visit) -> None:
    calls: list[Any] = [
        ["track", "view", {"id": 12, "stock": 1, "price": "99.9", "categories": ["2", "5"], "image": "i"}],
        ["track", "view", "0037"],
        ["track", "category", 5],
        ["track", "search", {"query": "red & blue", "results": [1, "2"]}],
        ["track", "cart", {"id": "42", "amount": "2"}],
        ["track", "cart", [{"id": 9, "amount": 1.5}, 12]],
        ["track", "cart", []],
        ["track", "remove_from_cart", 42],
        ["track", "wish", "X1"],
        ["track", "remove_wish", {"id": 3}],
        ["track", "purchase", {"order": 12, "order_price": 100, "products": [{"id": 1, "amount": 2}]}],
        ["track", "banner_view", {"recommended_code": "s", "banner_id": 4}],
        ["track", "recone_click", {"id": "c", "inventory": "i", "position": 1}],
        ["track", "block_view", {"recommended_by": "dynamic", "recommended_code": "b", "items": [1, 2]}],
        ["track", "size_guide", {"category": "0", "payload": {"nested": [1]}}],
        ["track", "success"],
        ["profile", "set", {"id": 146, "email": "A@b.c", "gender": "", "birthday": ""}],
        ["segment", "add", {"segment_id": "10873"}],
        ["nps", "review", {"rate": 5}],
    ]
    visit.open(INIT + ";".join(f"r46(...{json.dumps(call)})" for call in calls))
    assert visit.calls(2 + len(calls)) == START + calls


def test_arguments_are_copied_so_that_a_page_may_go_on_changing_them(visit: Visit) -> None:
    page = visit.open(INIT)
    page.evaluate("var item={id:1,tags:['a']}; r46('track','view',item); item.id=2; item.tags.push('b')")
    assert visit.calls(3)[2:] == [["track", "view", {"id": 1, "tags": ["a"]}]]


def test_data_that_does_not_serialise_is_sent_without_the_parts_that_do_not(visit: Visit) -> None:
    page = visit.open(INIT)
    page.evaluate(
        "var x={id:1,big:12345678901234567890n,un:undefined,fn(){},list:[1,NaN]}; x.self=x; r46('track','view',x)"
    )
    sent = {"id": 1, "big": "12345678901234567890", "list": [1, None], "self": None}
    assert visit.calls(3)[2:] == [["track", "view", sent]]


def test_init_gives_the_servers_answer_once(visit: Visit) -> None:
    page = visit.open(SAY + f"r46('init','{SHOP}',null,ok,no)")
    assert visit.said(page, 1) == [["ok", ANSWER]]
    init = next(seen for seen in visit.recorder.seen if seen.path == "/init")
    sid = visit.stored(2)[0]["sid"]
    expected = {"shop_id": SHOP, "sid": sid, "v": "3", "c": "1"}
    assert init.query == expected


def test_on_later_pages_init_asks_nothing_and_answers_at_once(visit: Visit) -> None:
    visit.open(INIT)
    first = visit.stored(2)[0]
    page = visit.open(SAY + f"r46('init','{SHOP}','app1',ok)", path="/2")
    sid, did = first["sid"], DID
    assert visit.said(page, 1) == [["ok", {"did": did, "sid": sid, "segment": "A"}]]
    last = visit.stored(3)[2]
    assert (last["call"], last["stream"], last["sid"]) == (["track", "page_view"], "app1", sid)
    assert [path for _, path in visit.recorder.log()].count("/init") == 1


def test_a_refused_shop_is_told_to_the_error_callback(visit: Visit) -> None:
    refusal = {"status": "error", "payload": {"message": "no", "code": "shop_unknown"}}
    visit.recorder.init = Says(status=404, body=refusal)
    page = visit.open(SAY + f"r46('init','{SHOP}',null,ok,no)")
    assert visit.said(page, 1) == [["no", refusal]]


def test_a_second_init_is_answered_and_another_shop_is_refused(visit: Visit) -> None:
    page = visit.open(SAY + INIT)
    visit.stored(2)
    page.evaluate(f"r46('init','{SHOP}',null,ok,no); r46('init','other',null,ok,no); r46('init',null,ok,no)")
    said = visit.said(page, 3)
    assert [said[0][0], said[0][1]["did"]] == ["ok", DID]
    assert said[1:] == [["no", {"status": "error", "code": "init_duplicate"}]] * 2
    assert "r46 init_duplicate" in visit.warnings
    assert visit.recorder.calls() == START


def test_an_init_without_a_shop_is_refused_and_a_later_one_still_works(visit: Visit) -> None:
    page = visit.open(SAY + "r46('init',null,ok,no); r46('track','view',1);" + INIT)
    assert visit.said(page, 1) == [["no", {"status": "error", "code": "init_duplicate"}]]
    assert visit.calls(3) == [*START, ["track", "view", 1]]


def test_track_gives_the_servers_answer(visit: Visit) -> None:
    page = visit.open(SAY + INIT + "r46('track','view',1,ok,no)")
    assert visit.said(page, 1) == [["ok", {"status": "success", "accepted": 1, "results": []}]]


def test_a_strict_refusal_of_one_event_reaches_only_its_own_callback(visit: Visit) -> None:
    page = visit.open(SAY + INIT + "r46('track','view',1,ok,no)")
    visit.said(page, 1)
    page.evaluate(
        """window.fetch = (real => (url, options) => {
            const bad = JSON.parse(options.body).events.find(event => event.call[1] == 'category').eid
            const results = [{eid: bad, verdict: 'rejected', codes: ['x'], status: 422}]
            return real(url, options).then(() => new Response(JSON.stringify({status: 'success', results})))
        })(fetch); r46('track','category',null,ok,no); r46('track','view',2,ok,no)"""
    )
    said = visit.said(page, 3)[1:]
    assert [(kind, value["status"]) for kind, value in said] == [("no", 422), ("ok", "success")]


def test_when_no_answer_comes_track_says_queued_after_two_seconds(visit: Visit) -> None:
    visit.recorder.always = Says(status=0)
    page = visit.open("")
    page.clock.install(time=0)
    page.clock.pause_at(1_795_251_747)
    page.evaluate(SAY + INIT + "r46('track','view',1,ok,no)")
    page.clock.run_for(1900)
    assert page.evaluate("said") == []
    page.clock.run_for(200)
    assert visit.said(page, 1) == [["ok", {"status": "success", "queued": True}]]
    visit.recorder.always = None
    page.clock.resume()
    visit.stored(3)
    page.wait_for_function(EMPTY_QUEUE)
    assert len(page.evaluate("said")) == 1


def test_ids_are_given_to_callbacks(visit: Visit) -> None:
    page = visit.open(SAY + INIT + "r46('did',ok);r46('sid',ok);r46('ssid',ok);r46('abSegment',ok)")
    said = visit.said(page, 4)
    sid = visit.stored(2)[0]["sid"]
    assert sorted(said) == sorted([["ok", DID], ["ok", sid], ["ok", DID], ["ok", "A"]])


READS: list[tuple[list[Any], Any]] = [
    (["recommend", "0" * 32, {}], {"id": None, "title": "", "html": "", "recommends": []}),
    (["recommend", "similar", {"item": 1}], []),
    (["search", {"q": "x"}], FOUND),
    (["suggest", {"q": "x"}], FOUND),
    (["collection", "c", {}], PAGE),
    (["search_collection", {}], PAGE),
    (["products", {"ids": [1]}], PAGE),
    (["products", "info", 1], {}),
    (["orders", "last_for_user"], {}),
    (["get_promo_code", {"id": 1}], {}),
    (["loyalty", "status"], {}),
    (["nps", "categories"], []),
    (["reputation"], []),
    (["subscription", "web_push_supported"], False),
    (["subscription", "check_trigger", "t"], {}),
    (["popup", 1602], {}),
    (["add_css"], {}),
]


def test_what_is_not_served_gives_its_error_or_an_empty_value(visit: Visit) -> None:
    calls = [json.dumps(call) for call, _ in READS]
    page = visit.open(SAY + INIT + ";".join(f"r46(...{call},ok);r46(...{call},ok,no)" for call in calls))
    said = visit.said(page, 2 * len(READS))
    assert said == [part for _, empty in READS for part in (["ok", empty], NOT_SERVED)]
    visit.recorder.wait(lambda: any(seen.path == "/init" for seen in visit.recorder.seen), "the start")
    assert [seen.path for seen in visit.recorder.seen if seen.method == "GET"] == ["/p", "/v3.js", "/init"]


def test_counters_are_never_invented(visit: Visit) -> None:
    page = visit.open(SAY + INIT + "r46('products','counters',1,ok); r46('products','counters',1,ok,no)")
    assert visit.said(page, 1) == [NOT_SERVED]


def test_an_unknown_command_warns_once_and_calls_the_error(visit: Visit) -> None:
    page = visit.open(
        SAY + INIT + "r46('frobnicate',1,ok,no); r46('frobnicate',2); r46('constructor'); r46({},[])"
    )
    assert visit.said(page, 1) == [NOT_SERVED]
    assert visit.calls(2) == START
    assert visit.warnings.count("r46 not_served frobnicate") == 1


HOSTILE = [
    "r46()",
    "r46(null)",
    "r46(Symbol('x'))",
    "r46('track')",
    "r46('track', Symbol('x'))",
    "r46('track','view',{get id(){throw Error('getter')}})",
    "r46('track','view',new Proxy({},{ownKeys(){throw Error('proxy')}}))",
    "r46('track','view',document.documentElement)",
    "r46('track','view',window)",
    "r46('track','view',{toJSON(){throw Error('json')}})",
    "r46('did',()=>{throw Error('callback')})",
    "r46('track','view',1,()=>{throw Error('callback')},5)",
    "r46('profile','get',()=>{throw null})",
    "r46.apply(null,new Array(1e4))",
    "Array.prototype.extra=()=>{}; r46('track','view',3)",
]


def test_nothing_throws_into_the_page_and_other_calls_arrive(visit: Visit) -> None:
    page = visit.open(INIT)
    for number, hostile in enumerate(HOSTILE):
        page.evaluate(f"(() => {{ {hostile} }})()")
        assert page.evaluate("number => r46('track','category',number)", number) is None
    wanted = [["track", "category", number] for number in range(len(HOSTILE))]
    visit.recorder.wait(lambda: wanted[-1] in visit.recorder.calls())
    assert [call for call in visit.recorder.calls() if call[1:2] == ["category"]] == wanted
