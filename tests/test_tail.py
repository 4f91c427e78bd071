"""The live tail: what it shows, what it forgets, and what it never keeps."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from collector import record
from collector.entry import Entry
from collector.event import Event, Item
from collector.log import Position
from collector.log.memory import MemoryLog
from collector.pulse import FEED, Product
from collector.record import Record, Refused
from collector.tail import Tail

NOW = datetime(2026, 3, 18, 10, 30, 20, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def event(name: str = "view_item", **more: Any) -> Event:
    facts: dict[str, Any] = {"event": name, "event_id": "e", "ts": NOW, "device_id": "ann", **more}
    return Event(**facts)


def request(
    minutes_ago: float = 0, *events: Event, shop: str = "s", refused: tuple[Refused, ...] = ()
) -> Record:
    return Record(
        request_id="r",
        received_at=NOW - timedelta(minutes=minutes_ago),
        shop_id=shop,
        vendor="r46",
        endpoint="push",
        user_agent=FIREFOX,
        events=events,
        refused=refused,
    )


def log_of(*records: Record) -> MemoryLog:
    async def write() -> MemoryLog:
        log = MemoryLog()
        for one in records:
            await log.append(record.encode(one))
        return log

    return asyncio.run(write())


def read(log: MemoryLog) -> Tail:
    tail = Tail(log, clock=lambda: NOW)
    while tail.poll():
        pass
    return tail


def test_an_entry_says_what_came_and_what_was_made_of_it() -> None:
    came = event(
        items=(Item(item_id="37"), Item(item_id="38")),
        page_url="https://shop.example/p/37?secret=1#x",
        recommended_by="dynamic",
        recommended_code="b9",
        notes=("currency_defaulted",),
    )
    assert read(log_of(request(1, came))).snapshot("s").entries == (
        Entry(
            seq=1,
            received_at=NOW - timedelta(minutes=1),
            request_id="r",
            vendor="r46",
            endpoint="push",
            event="view_item",
            items=("37", "38"),
            page="/p/37",
            recommended_by="dynamic",
            recommended_code="b9",
            outcome="accepted",
            codes=("currency_defaulted",),
            device="Firefox · Linux",
            visitor="ann",
        ),
    )


def test_a_refused_event_is_shown_with_its_reason_and_counted_as_refused() -> None:
    empty = Refused(seq=0, outcome="quarantined", codes=("items_empty",), name="view")
    snapshot = read(log_of(request(0, refused=(empty,)))).snapshot("s")
    assert [(entry.outcome, entry.codes, entry.name) for entry in snapshot.entries] == [
        ("quarantined", ("items_empty",), "view")
    ]
    assert snapshot.minutes[-1] == (NOW.replace(second=0), {"refused": 1})
    assert snapshot.visitors_30 == 0


def test_minutes_are_thirty_and_count_by_event() -> None:
    snapshot = read(log_of(request(29, event()), request(0, event(), event("search")))).snapshot("s")
    assert len(snapshot.minutes) == 30
    assert snapshot.minutes[0] == (NOW.replace(second=0) - timedelta(minutes=29), {"view_item": 1})
    assert snapshot.minutes[-1] == (NOW.replace(second=0), {"view_item": 1, "search": 1})
    assert sum(sum(counts.values()) for _, counts in snapshot.minutes) == 3


def test_a_visitor_counts_once_and_by_when_they_were_last_seen() -> None:
    snapshot = read(
        log_of(
            request(29, event(device_id="ann")),
            request(20, event(device_id="bob")),
            request(6, event(device_id=None, user_id="carl")),
            request(2, event(device_id="ann")),
            request(1, event(device_id=None)),
        )
    ).snapshot("s")
    assert (snapshot.visitors_5, snapshot.visitors_30) == (1, 3)


def test_what_is_older_than_the_window_is_passed_over() -> None:
    snapshot = read(log_of(request(60, event()), request(36, event()), request(34, event()))).snapshot("s")
    assert [entry.received_at for entry in snapshot.entries] == [NOW - timedelta(minutes=34)]


def test_time_passing_empties_the_window() -> None:
    moment = [NOW]
    tail = Tail(log_of(request(0, event())), clock=lambda: moment[0])
    tail.poll()
    moment[0] = NOW + timedelta(minutes=40)
    snapshot = tail.snapshot("s")
    assert (snapshot.visitors_30, sum(len(counts) for _, counts in snapshot.minutes)) == (0, 0)
    assert snapshot.products == ()


def test_products_are_ranked_by_purchases_then_adds_then_views() -> None:
    def one(item: str, name: str | None = None) -> tuple[Item, ...]:
        return (Item(item_id=item, item_name=name),)

    seen = [event(items=one("viewed", "Viewed")) for _ in range(5)]
    seen += [event("add_to_cart", items=one("added")), event("purchase", items=one("bought"))]
    assert read(log_of(request(1, *seen))).snapshot("s").products == (
        Product(item_id="bought", item_name="", views=0, adds=0, purchases=1),
        Product(item_id="added", item_name="", views=0, adds=1, purchases=0),
        Product(item_id="viewed", item_name="Viewed", views=5, adds=0, purchases=0),
    )


def test_only_what_is_new_is_given_after_a_sequence_number() -> None:
    tail = read(log_of(*(request(1, event(device_id=str(number))) for number in range(5))))
    assert [entry.seq for entry in tail.snapshot("s", after=3).entries] == [5, 4]
    assert tail.snapshot("s", after=5).entries == ()
    assert [entry.seq for entry in tail.snapshot("s", entries=2).entries] == [5, 4]


def test_the_feed_is_bounded() -> None:
    tail = read(log_of(request(1, *(event() for _ in range(FEED + 100)))))
    snapshot = tail.snapshot("s", entries=10_000)
    assert (len(snapshot.entries), snapshot.seq) == (FEED, FEED + 100)


def test_shops_do_not_see_each_other() -> None:
    tail = read(log_of(request(1, event(), shop="a"), request(1, event("search"), shop="b")))
    assert [entry.event for entry in tail.snapshot("a").entries] == ["view_item"]
    assert [entry.event for entry in tail.snapshot("b").entries] == ["search"]
    assert tail.snapshot("nobody").entries == ()


def test_a_claimed_shop_takes_no_memory() -> None:
    rejected = Refused(seq=0, outcome="rejected", codes=("shop_unknown",))
    tail = read(log_of(*(request(0, shop=f"claim-{number}", refused=(rejected,)) for number in range(50))))
    assert tail._shops == {}


def test_a_long_text_is_cut_and_a_broken_address_is_none() -> None:
    came = event(
        search_term="x" * 1_000_000, page_url="http://[broken", items=(Item(item_id="y" * 5000),) * 9
    )
    entry = read(log_of(request(1, came))).snapshot("s").entries[0]
    assert (len(entry.about), entry.page, [len(item) for item in entry.items]) == (200, "", [200] * 5)


def test_a_record_that_cannot_be_read_is_passed_over_with_its_neighbours_kept() -> None:
    async def write() -> MemoryLog:
        log = MemoryLog()
        await log.append(record.encode(request(1, event("search"))))
        await log.append(b'{"v":1,"shop_id":7}\n')
        await log.append(record.encode(request(1, event())))
        return log

    tail = read(asyncio.run(write()))
    assert [entry.event for entry in tail.snapshot("s").entries] == ["view_item", "search"]


def test_reading_begins_one_segment_back() -> None:
    class Ended(MemoryLog):
        def end(self) -> dict[str, Position]:
            return {"w0": Position(7, 1234), "w1": Position(1, 5)}

    assert Tail(Ended(), clock=lambda: NOW)._positions == {"w0": Position(6, 0), "w1": Position(0, 0)}


def test_subscribers_are_told_once_a_read_and_only_of_their_shop() -> None:
    log = log_of(request(1, event(), shop="a"), request(1, event(), shop="a"), request(1, event(), shop="b"))
    tail = Tail(log, clock=lambda: NOW)
    told: list[str] = []
    end = tail.subscribe("a", lambda: told.append("a"))
    tail.subscribe("c", lambda: told.append("c"))
    tail.poll()
    assert told == ["a"]
    end()
    asyncio.run(log.append(record.encode(request(0, event(), shop="a"))))
    assert tail.poll() == 1
    assert told == ["a"]


def test_a_tail_in_its_thread_shows_a_new_record_within_a_second() -> None:
    log = log_of(request(1, event()))
    tail = Tail(log, clock=lambda: NOW)
    shown, stop = threading.Event(), threading.Event()
    tail.subscribe("s", shown.set)
    thread = threading.Thread(target=tail.run, args=(stop,))
    thread.start()
    try:
        assert shown.wait(5)
        shown.clear()
        began = time.monotonic()
        asyncio.run(log.append(record.encode(request(0, event("purchase")))))
        assert shown.wait(5)
        assert time.monotonic() - began < 1.0
        assert tail.snapshot("s").entries[0].event == "purchase"
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def test_a_log_that_cannot_be_read_for_a_moment_is_tried_again() -> None:
    class Failing(MemoryLog):
        failures = 1

        def read(self, after: Any, max_bytes: int) -> Any:
            if self.failures:
                self.failures -= 1
                raise OSError("disk")
            return super().read(after, max_bytes)

    async def write() -> Failing:
        log = Failing()
        await log.append(record.encode(request(0, event())))
        return log

    tail = Tail(asyncio.run(write()), clock=lambda: NOW)
    shown, stop = threading.Event(), threading.Event()
    tail.subscribe("s", shown.set)
    thread = threading.Thread(target=tail.run, args=(stop,))
    thread.start()
    assert shown.wait(10)
    stop.set()
    thread.join(5)
