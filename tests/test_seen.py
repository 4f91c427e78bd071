"""What the tail keeps for developers: what was sent, whose test it was, the first mistake, and what went astray."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector import record
from collector.entry import Entry, Wanted
from collector.pulse import FEED, TESTED, TROUBLED
from collector.record import RawRecord, Record, Refused
from collector.seen import LONGEST_SOURCE
from collector.tail import STRAYS, Tail
from tests.test_tail import NOW, event, log_of, read, request

EMPTY = Refused(seq=0, outcome="quarantined", codes=("items_empty",), name="track view", pointer="/events/0")
CALL: dict[str, Any] = {"call": ["track", "view", None], "page": "https://shop.example/p/37"}


def sent(
    body: Any, *, path: str = "/collect", query: str = "", kind: str = "text/plain", **more: Any
) -> Record:
    """A request as it came, with what became of its events."""
    text = body if isinstance(body, str) else json.dumps(body)
    raw = RawRecord(method="POST", path=path, query=query, content_type=kind, body=text)
    facts: dict[str, Any] = {
        "request_id": "r",
        "received_at": NOW,
        "shop_id": "s",
        "vendor": "rees46",
        **more,
    }
    return Record(endpoint="collect", raw=raw, **facts)


def batch(*calls: Any, did: str = "AH5aEvmlqn", **more: Any) -> Record:
    return sent({"did": did, "events": list(calls)}, **more)


def entries(tail: Tail, **wanted: Any) -> tuple[Entry, ...]:
    return tail.entries("s", Wanted(**wanted))[1]


def test_what_needs_a_look_is_kept_with_what_was_sent() -> None:
    (found,) = read(log_of(batch(CALL, refused=(EMPTY,)))).snapshot("s").entries
    assert (found.pointer, found.path, found.page) == ("/events/0", "/collect", "/p/37")
    assert json.loads(found.source) == CALL


def test_what_is_well_is_kept_without_it() -> None:
    (found,) = read(log_of(batch(CALL, events=(event(pointer="/events/0"),)))).snapshot("s").entries
    assert (found.source, found.test) == ("", "")


@pytest.mark.parametrize(
    ("body", "kind", "query", "source"),
    [
        ("event=view&items=", "application/x-www-form-urlencoded", "", {"event": "view", "items": ""}),
        ("", "", "event=view&item_id=37", {"event": "view", "item_id": "37"}),
        ('{"event":', "application/json", "", None),
        ("[" * 100_000, "application/json", "", None),
        ('{"a":"\\ud800"}', "application/json", "", {"a": "?"}),
        ('"' + "x" * LONGEST_SOURCE + '"', "application/json", "", None),
    ],
    ids=["form", "query", "broken", "deep", "half a pair", "long"],
)
def test_what_was_sent_is_read_as_it_was_meant_or_not_at_all(
    body: str, kind: str, query: str, source: Any
) -> None:
    refused = Refused(seq=0, outcome="quarantined", codes=("items_empty",))
    (found,) = read(log_of(sent(body, kind=kind, query=query, refused=(refused,)))).snapshot("s").entries
    assert (json.loads(found.source) if found.source else None) == source


def test_a_test_is_named_by_the_page_and_kept_to_by_its_device() -> None:
    first = batch(CALL, events=(event(page_url="https://shop.example/?r46_test=run-1"),))
    then = batch(CALL, events=(event(page_url="https://shop.example/cart"),))
    refused = batch(CALL, did="ann", refused=(EMPTY,))
    other = batch(CALL, events=(event(device_id="bob"),))
    found = read(log_of(first, then, refused, other)).snapshot("s").entries
    assert [one.test for one in found] == ["", "run-1", "run-1", "run-1"]


def test_a_server_names_its_test_in_the_query() -> None:
    came = sent({"event": "view"}, path="/push", query="r46_test=srv.2", events=(event(device_id=None),))
    assert [one.test for one in read(log_of(came)).snapshot("s").entries] == ["srv.2"]


@pytest.mark.parametrize("name", ["", "<b>", "x" * 65])
def test_what_is_no_name_of_a_test_names_at_most_its_beginning(name: str) -> None:
    came = batch(CALL, events=(event(page_url=f"https://shop.example/?r46_test={name}"),))
    (found,) = read(log_of(came)).snapshot("s").entries
    assert found.test == name[:64].replace("<b>", "")


def test_events_of_a_test_and_troubled_ones_outlast_a_flood() -> None:
    tested = batch(CALL, events=(event(page_url="https://shop.example/?r46_test=run-1"),))
    troubled = batch(CALL, refused=(EMPTY,), did="bob")
    flood = request(0, *(event(device_id="carl") for _ in range(FEED + 10)))
    tail = read(log_of(tested, troubled, flood))
    assert {one.seq for one in entries(tail)} >= {1, 2, FEED + 12}
    assert [one.seq for one in entries(tail, test="run-1")] == [1]
    assert [one.seq for one in entries(tail, outcome="bad")] == [2]
    assert [one.seq for one in tail.snapshot("s", shelf="kept", wanted=Wanted(outcome="bad")).entries] == [2]
    assert tail.snapshot("s", wanted=Wanted(outcome="bad")).entries == ()


def test_every_shelf_is_bounded() -> None:
    many = range(max(TROUBLED, TESTED) + 50)
    troubled = log_of(*(batch(CALL, refused=(EMPTY,)) for _ in many))
    named = event(page_url="https://shop.example/?r46_test=run-1")
    tested = log_of(*(batch(CALL, events=(named,)) for _ in many), request(0, *[event(device_id="x")] * FEED))
    pulses = [read(log)._shops["s"].pulse for log in (troubled, tested)]
    assert [(len(one._troubled), len(one._tested)) for one in pulses] == [(TROUBLED, 0), (0, TESTED)]


def test_a_reset_test_begins_anew_and_leaves_the_others() -> None:
    one = batch(CALL, events=(event(page_url="https://shop.example/?r46_test=run-1"),))
    two = batch(
        CALL, did="bob", events=(event(device_id="bob", page_url="https://x.example/?r46_test=run-2"),)
    )
    tail = read(log_of(one, two))
    assert tail.reset("s", "run-1") == 2
    assert [found.test for found in entries(tail)] == ["run-2"]
    assert tail.reset("s") == 2
    assert entries(tail) == ()
    assert tail.snapshot("s", after=0).seq == 2, "Live goes on as it was"
    assert tail.reset("nobody") == 0


def test_the_first_event_and_the_first_mistake_are_remembered_and_robots_make_none() -> None:
    crawler = Refused(seq=0, outcome="ignored", codes=("bot_ua", "identity_missing"))
    tail = read(
        log_of(request(1, event("page_view")), request(1, refused=(crawler,)), batch(CALL, refused=(EMPTY,)))
    )
    found = tail.snapshot("s", entries=0)
    assert found.first is not None
    assert found.first_trouble is not None
    assert (found.first.seq, found.first_trouble.seq) == (1, 3)


@pytest.mark.parametrize(
    ("claimed", "meant"),
    [("SHOP_ID", True), ("ketles", True), (" kettles ", True), ("lamps", False), ("", False)],
)
def test_a_shop_that_waits_is_told_of_requests_that_may_have_meant_it(claimed: str, meant: bool) -> None:
    refused = Refused(seq=0, outcome="rejected", codes=("shop_unknown",))
    tail = Tail(log_of(request(0, refused=(refused,), shop=claimed)), clock=lambda: NOW)
    told: list[str] = []
    tail.subscribe("kettles", lambda: told.append("woken"))
    tail.poll()
    found = tail.snapshot("kettles").stray
    assert (found.codes if found else None) == (("shop_unknown",) if meant else None)
    assert told == ["woken"]


def test_a_shop_that_has_events_is_told_of_none() -> None:
    refused = Refused(seq=0, outcome="rejected", codes=("shop_unknown",))
    tail = read(log_of(request(1, event(), shop="kettles"), request(0, refused=(refused,), shop="ketles")))
    assert tail.snapshot("kettles").stray is None


def test_requests_that_went_astray_are_bounded() -> None:
    refused = Refused(seq=0, outcome="rejected", codes=("shop_unknown",))
    tail = read(
        log_of(*(request(0, refused=(refused,), shop=f"{number}x" * 9_000) for number in range(STRAYS * 2)))
    )
    assert (len(tail._strays), {len(claimed) for claimed, _ in tail._strays}) == (STRAYS, {200})


def test_entries_are_chosen_by_event_verdict_text_and_place() -> None:
    noted = event("search", search_term="Red Cup", notes=("currency_defaulted", "field_empty:stream"))
    tail = read(
        log_of(request(1, event(), noted, event("purchase", notes=("currency_defaulted",)), refused=(EMPTY,)))
    )

    def found(**wanted: Any) -> list[int]:
        return [one.seq for one in entries(tail, **wanted)]

    assert found(event="search") == [2]
    assert found(event="track view") == [4]
    assert found(outcome="accepted") == [1, 3]
    assert (found(outcome="noted"), found(outcome="quarantined")) == ([2], [4])
    assert (found(outcome="good"), found(outcome="bad")) == ([1, 3], [2, 4])
    assert (found(text="red cup"), found(text="items_empty"), found(text="nothing")) == ([2], [4], [])
    assert found(after=2) == [3, 4]


def test_five_thousand_events_are_taken_in_by_one_read() -> None:
    """A busy second costs the tail one turn; how long that takes stands in the bench of Live."""
    calls = [{**CALL, "eid": f"{number:020}"} for number in range(5)]
    came = [event(pointer=f"/events/{number}", page_url="https://shop.example/p/37") for number in range(5)]
    log = log_of(*(batch(*calls, events=tuple(came)) for _ in range(1_000)))
    tail = Tail(log, clock=lambda: NOW)
    assert [tail.poll(), tail.poll()] == [1_000, 0]
    assert tail.snapshot("s").seq == 5_000


def test_a_record_of_an_import_without_its_request_is_shown_all_the_same() -> None:
    bare = Record(request_id="r", received_at=NOW, shop_id="s", vendor="x", endpoint="y", refused=(EMPTY,))
    assert b'"raw"' not in record.encode(bare)
    (found,) = read(log_of(bare)).snapshot("s").entries
    assert (found.source, found.path, found.outcome) == ("", "", "quarantined")
