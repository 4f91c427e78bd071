"""What a message's link leaves behind: one click, and a source that lives for two days."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.script.visit import INIT, LATER, START, Visit

pytestmark = pytest.mark.browser

NOON = 1_795_251_747
CLICKED = "/track/clicked"
SHOWN_AGAIN = "dispatchEvent(Object.assign(new Event('pageshow'),{persisted:true}))"


@pytest.mark.parametrize(
    ("query", "pair"),
    [
        ("?recommended_by=bulk&bulk_code=7&recommended_code=8", ("bulk", "7")),
        ("?recommended_by=chain&recommended_code=a%20b", ("chain", "a b")),
        ("?recommended_by=transactional&recommended_code=t", ("transactional", "t")),
        ("?rees46_trigger_mail_code=1", ("trigger_mail", "1")),
        ("?rees46_digest_mail_code=2", ("digest_mail", "2")),
        ("?rees46_returner_code=3", ("r46_returner", "3")),
        ("?rees46_web_push_trigger_code=4", ("web_push_trigger", "4")),
        ("?rees46_web_push_digest_code=5", ("web_push_digest", "5")),
    ],
)
def test_a_landing_is_one_click_and_every_later_event_names_it(
    visit: Visit, query: str, pair: tuple[str, str]
) -> None:
    visit.open(INIT, query=query)
    started, clicked, viewed = visit.stored(3)
    assert [started.get("call"), clicked["path"], viewed["call"]] == [START[0], CLICKED, START[1]]
    assert (clicked["type"], clicked["code"]) == pair
    assert viewed["src"] == {"from": pair[0], "code": pair[1], "at": clicked["src"]["at"]}
    assert abs(viewed["src"]["at"] - clicked["t"]) < 1000
    visit.open(INIT, path="/2")
    assert visit.stored(4)[3]["src"] == viewed["src"]
    jar = {cookie["name"]: cookie["value"] for cookie in visit.context.cookies()}
    assert jar["rees46_source"] == quote(json.dumps(viewed["src"], separators=(",", ":")), safe="")


@pytest.mark.parametrize("query", ["?recommended_by=dynamic&recommended_code=b", "?recommended_by=bulk", ""])
def test_a_block_or_an_incomplete_message_is_no_source(visit: Visit, query: str) -> None:
    visit.open(INIT, query=query)
    assert [event.get("src") for event in visit.stored(2)] == [None, None]
    assert visit.recorder.calls() == START


def test_the_same_address_is_another_click_only_after_half_an_hour(visit: Visit) -> None:
    page = visit.open("", query="?recommended_by=bulk&bulk_code=7")
    page.clock.install(time=NOON)
    page.evaluate(INIT)
    for count, minutes in enumerate((29, 2), start=1):
        page.clock.fast_forward(minutes * 60_000)
        page.evaluate(SHOWN_AGAIN)
        page.clock.run_for(300)
        visit.recorder.wait(lambda count=count: visit.recorder.calls().count(LATER[0]) == count + 1)  # type: ignore[misc]
    calls = [call for call in visit.recorder.calls() if call != START[0]]
    assert calls == [CLICKED, LATER[0], LATER[0], CLICKED, LATER[0]]


def test_a_new_click_replaces_the_old_source(visit: Visit) -> None:
    visit.open(INIT, query="?recommended_by=bulk&bulk_code=7")
    visit.stored(3)
    visit.open(INIT, path="/2", query="?recommended_by=chain&chain_code=8")
    last = visit.stored(5)[3:]
    assert [(event["src"]["from"], event["src"]["code"]) for event in last] == [("chain", "8")] * 2
    visit.open(INIT, path="/3")
    assert [visit.stored(6)[5][key] for key in ("call", "src")] == [LATER[0], last[0]["src"]]


def test_a_source_ends_after_two_days_to_the_second(visit: Visit) -> None:
    page = visit.open("")
    page.clock.install(time=NOON)
    page.clock.pause_at(NOON + 1)
    page.evaluate(INIT)
    page.wait_for_function("/device_id/.test(document.cookie)")
    for age in (172_800, 172_801):
        source = json.dumps({"from": "bulk", "code": "7", "at": (NOON + 1 - age) * 1000})
        page.evaluate("source => localStorage.setItem('rees46_source', source)", source)
        page.evaluate("age => r46('track','view',age)", age)
    page.clock.run_for(300)
    assert [event.get("src", {}).get("code") for event in visit.stored(4)[2:]] == ["7", None]


def test_a_source_left_by_others_is_taken_and_garbage_is_not(visit: Visit) -> None:
    visit.context.add_cookies(
        [
            {
                "name": "rees46_source",
                "value": quote('{"from":"bulk","code":"7"}'),
                "url": visit.recorder.origin,
            }
        ]
    )
    visit.open(INIT)
    assert [event["src"] for event in visit.stored(2)] == [{"from": "bulk", "code": "7"}] * 2
    visit.context.add_cookies([{"name": "rees46_source", "value": "%7Bx", "url": visit.recorder.origin}])
    page = visit.open("", path="/2")
    page.evaluate("delete localStorage.rees46_source;" + INIT)
    assert "src" not in visit.stored(3)[2]


def test_a_session_reset_forgets_block_and_message_and_keeps_the_visitor(visit: Visit) -> None:
    page = visit.open(INIT, query="?recommended_by=bulk&bulk_code=7")
    first = visit.stored(3)[2]
    page.evaluate("r46('utm',{utm_source:'x'}); r46('reset_session'); r46('track','view',37)")
    fresh, view = visit.stored(5)[3:]
    assert [fresh["call"], view["call"]] == [START[0], ["track", "view", 37]]
    assert (view["did"], fresh["sid"]) == (first["did"], view["sid"])
    assert view["sid"] != first["sid"]
    assert not {"src", "by", "code", "utm"} & view.keys()


def test_a_campaign_given_by_the_page_goes_with_later_events(visit: Visit) -> None:
    page = visit.open(INIT, query="?utm_source=ignored")
    assert ["utm" in event for event in visit.stored(2)] == [False, False]
    page.evaluate("r46('utm',{utm_source:'news',utm_term:'ö'}); r46('track','view',1)")
    assert visit.stored(3)[2]["utm"] == {"utm_source": "news", "utm_term": "ö"}
