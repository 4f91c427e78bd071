"""The persistent queue: its caps, its damage, and who shares it."""

from __future__ import annotations

import pytest

from tests.script.recorder import Says, names
from tests.script.visit import BUY, EMPTY_QUEUE, INIT, LATER, PURCHASE, SHOP, START, Visit, queued

pytestmark = pytest.mark.browser

NOON = 1_795_251_747


def test_the_full_queue_drops_the_oldest_that_is_no_order_and_reports_it(visit: Visit) -> None:
    page = visit.open("")
    page.clock.install(time=NOON - 60)
    page.clock.pause_at(NOON)  # nothing is sent from this page
    page.evaluate(
        "navigator.sendBeacon=()=>true;" + INIT + BUY + "for (let n = 0; n < 120; n++) r46('track','view',n)"
    )
    kept = queued(page)
    assert (len(kept) - 1, kept[0]) == (100, 23)
    page.close()
    page = visit.open(INIT, path="/2")
    page.clock.resume()
    calls = visit.calls(100)
    assert calls == [
        ["track", "purchase", PURCHASE],
        *[["track", "view", number] for number in range(22, 120)],
        *LATER,
    ]
    assert [seen.envelope["lost"] for seen in visit.recorder.posts() if seen.status == 200] == [24, 0]


def test_the_queue_holds_at_most_64_kib_and_a_week(visit: Visit) -> None:
    visit.recorder.always = Says(status=503)
    page = visit.open("")
    page.clock.install(time=NOON)
    page.evaluate(INIT + "for (let n = 0; n < 30; n++) r46('track','view',{id:n,name:'д'.repeat(2000)});")
    kept = queued(page)
    size = page.evaluate(
        "value => new Blob([value]).size",
        page.evaluate("Object.entries(localStorage).find(([key]) => /_queue/.test(key))[1]"),
    )
    assert 60_000 < size <= 65_536
    assert kept[0] + len(kept) - 1 == 32
    page.clock.fast_forward(7 * 86_400_000 + 60_000)
    page.evaluate("r46('track','view','new')")
    assert names(queued(page)[1:]) == ["session_start", "view"]


@pytest.mark.parametrize(
    "damage", ["{", "null", "5", "{}", "[]", '["x",null,{},5,{"eid":1}]', '{"n":2,"q":[{"t":1}]}', '"text"']
)
def test_a_damaged_queue_is_reset(visit: Visit, damage: str) -> None:
    page = visit.open("")
    key = f"rees46_queue:{SHOP}@{visit.recorder.origin.removeprefix('http://')}"
    page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, damage])
    page.evaluate(INIT)
    assert visit.calls(2) == START


def test_an_event_another_tab_wrote_over_is_sent_all_the_same(visit: Visit) -> None:
    visit.recorder.always = Says(status=503)
    page = visit.open(INIT)
    visit.recorder.wait(lambda: bool(visit.recorder.posts()))
    key = f"rees46_queue:{SHOP}@{visit.recorder.origin.removeprefix('http://')}"
    stale = page.evaluate("key => localStorage[key]", key)
    page.evaluate(BUY)
    page.evaluate("([key, stale]) => localStorage.setItem(key, stale)", [key, stale])
    page.evaluate("r46('track','view',1)")
    assert names(queued(page)[1:]) == ["session_start", "page_view", "purchase", "view"]
    page.evaluate("([key, stale]) => localStorage.setItem(key, stale)", [key, stale])
    visit.recorder.always = None
    page.evaluate("dispatchEvent(new Event('online'))")
    assert visit.calls(4) == [*START, ["track", "purchase", PURCHASE], ["track", "view", 1]]


def test_two_tabs_with_one_queue_deliver_each_event_once(visit: Visit) -> None:
    visit.recorder.always = Says(status=0)
    one = visit.open(INIT)
    two = visit.open(INIT, path="/2")
    for number in range(10):
        one.evaluate("number => r46('track','view','a'+number)", number)
        two.evaluate("number => r46('track','view','b'+number)", number)
    visit.recorder.always = None
    for page in (one, two):
        page.evaluate("dispatchEvent(new Event('online'))")
    calls = visit.calls(23)
    wanted = [*START, *LATER, *[["track", "view", f"{tab}{number}"] for number in range(10) for tab in "ab"]]
    assert sorted(map(str, calls)) == sorted(map(str, wanted))
    one.wait_for_function(EMPTY_QUEUE)


def test_queues_of_two_shops_on_one_site_do_not_mix(visit: Visit) -> None:
    visit.recorder.always = Says(status=0)
    page = visit.open("r46('init','shop-a'); r46('track','view','a')")
    visit.recorder.wait(lambda: bool(visit.recorder.posts()))
    visit.recorder.always = None
    visit.open("r46('init','shop-b'); r46('track','view','b')", page=page)
    said = [(event["shop_id"], *event["call"][1:]) for event in visit.stored(5)]
    assert said == [
        ("shop-a", "session_start"),
        ("shop-a", "page_view"),
        ("shop-a", "view", "a"),
        ("shop-b", "page_view"),
        ("shop-b", "view", "b"),
    ]


FILL = "for (let size = 4e6; size >= 1; size /= 2) try { for (;;) localStorage['fill' + size] = (localStorage['fill' + size] || '') + 'x'.repeat(size) } catch (full) {}"


def test_a_full_storage_costs_the_oldest_that_is_no_order_and_says_how_many(visit: Visit) -> None:
    page = visit.open("")
    page.clock.install(time=NOON - 60)
    page.clock.pause_at(NOON)
    page.evaluate(FILL)
    page.evaluate(INIT + BUY + "for (let n = 0; n < 120; n++) r46('track','view',n)")
    page.wait_for_function("/device_id/.test(document.cookie)")
    page.clock.resume()
    calls = visit.calls(100)
    assert calls == [
        ["track", "purchase", PURCHASE],
        *[["track", "view", number] for number in range(21, 120)],
    ]
    assert [seen.envelope["lost"] for seen in visit.recorder.posts()] == [23, 0]


def test_an_hour_without_collector_and_with_page_changes_loses_and_doubles_nothing(visit: Visit) -> None:
    visit.recorder.always = Says(status=503)
    page = visit.open("")
    page.clock.install(time=NOON)
    page.evaluate(INIT + "r46('track','view',1)")
    for number in range(2, 6):
        page.clock.fast_forward(15 * 60_000)
        visit.open(INIT + f"r46('track','view',{number})", path=f"/{number}", page=page)
    visit.recorder.always = None
    visit.open(INIT + BUY, path="/6", page=page)
    page.clock.run_for(300)
    calls = visit.calls(13)
    wanted = [*START, ["track", "view", 1]]
    for number in range(2, 6):
        wanted += [*LATER, ["track", "view", number]]
    assert calls == [*wanted, *LATER, ["track", "purchase", PURCHASE]]
    page.wait_for_function(EMPTY_QUEUE)


def test_an_offline_purchase_and_a_reload_are_one_order(visit: Visit) -> None:
    visit.recorder.always = Says(status=0)
    page = visit.open(INIT + BUY)
    visit.recorder.wait(lambda: bool(visit.recorder.posts()))
    visit.recorder.always = None
    page.reload()
    orders = [event for event in visit.stored(5) if event["call"][1] == "purchase"]
    assert [event["call"][2]["order"] for event in orders] == ["N1", "N1"]  # the collector keeps one
    assert len({event["eid"] for event in orders}) == 2
    page.wait_for_function(EMPTY_QUEUE)
