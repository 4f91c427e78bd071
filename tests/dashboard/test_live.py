"""The stream: pushed, resumed where it broke off, and no heavier for a slow reader."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from collector import record
from collector.event import Event
from collector.log.memory import MemoryLog
from collector.record import Record, Refused
from collector.store.reader import CursorPool, DuckReader
from collector.tail import Tail
from dashboard import pushing
from dashboard.answers import Sources
from dashboard.app import fragments
from dashboard.assets import Assets
from dashboard.filters import parse
from dashboard.live import Stream
from dashboard.now import LiveTables
from dashboard.pushing import A_MESSAGE, BURST
from dashboard.render import Renderer
from dashboard.scope import Scope, scope_of
from dashboard.texts import load as load_texts
from tests.dashboard.shop_world import (
    NOW,
    REQUEST,
    SHOP,
    Client,
    OneKey,
    app_over,
    append,
    empty_store,
    log_of,
    order,
    request,
    signed_in,
    tail_of,
    view,
    week,
)

SCOPE = scope_of(SHOP, parse({"period": "today"})[0], slug="live", now=NOW)
RENDERER = Renderer(Assets(), load_texts("en"))


def stream_of(tail: Tail, db: Any = None) -> Stream:
    db = db or empty_store()
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    tables = LiveTables(tail, NOW)
    return Stream(
        sources=Sources(reader, tables, OneKey()),
        clock=lambda: NOW,
        fragment=fragments({"en": RENDERER}),
    )


async def raw_message(messages: AsyncIterator[bytes]) -> bytes:
    """The next message that is no comment."""
    while True:
        message = await asyncio.wait_for(anext(messages), 20)
        if message.startswith(b"id: "):
            return message


def parsed(message: bytes) -> dict[str, Any]:
    """What a message says, with its id."""
    head, _, data = message.decode().partition("\ndata: ")
    return {"id": head.split("\n")[0].removeprefix("id: "), **json.loads(data)}


async def next_message(messages: AsyncIterator[bytes]) -> dict[str, Any]:
    """The next message that is no comment, with its id."""
    return parsed(await raw_message(messages))


def sequence(message: dict[str, Any]) -> list[int]:
    parts = message["parts"]["feed"].split('data-seq="')[1:]
    return [int(part.split('"')[0]) for part in parts]


def test_a_stream_begins_with_everything_and_then_sends_what_is_new() -> None:
    log = log_of(view(1, 2), view(2, 1))
    tail = tail_of(log)

    async def read() -> None:
        messages = stream_of(tail).messages(SCOPE, 0)
        first = await next_message(messages)
        assert sequence(first) == [2, 1]
        assert len(first["minutes"]) == 30
        assert first["cards"] == {"visitors_5": "2", "visitors_30": "2", "events_30": "2"}
        await log.append(record.encode(view(3, 0)))
        await asyncio.to_thread(tail.poll)
        second = await next_message(messages)
        assert sequence(second) == [3]
        assert [row["view_item"] for row in second["minutes"]] == [1, 1]
        assert second["cards"]["events_30"] == "3"

    asyncio.run(read())


def test_a_stream_goes_on_after_the_last_event_that_was_seen() -> None:
    tail = tail_of(log_of(*(view(number, 1) for number in range(1, 6))))

    async def read() -> None:
        stream = stream_of(tail)
        first = await next_message(stream.messages(SCOPE, stream.after(f"{stream.sources.live.epoch}-3")))
        assert (sequence(first), first["skipped"]) == ([5, 4], 0)
        assert stream.after(first["id"]) == 5

    asyncio.run(read())


@pytest.mark.parametrize("last", ["", "x", "-", "zz-3", "19d007ec040-x", "19d007ec040-99999999999999999999"])
def test_an_id_of_another_life_or_of_nobody_begins_anew(last: str) -> None:
    assert stream_of(tail_of(MemoryLog())).after(last) == 0


def test_a_reader_that_was_away_gets_a_burst_whole_and_is_told_what_is_beyond_it() -> None:
    tail = tail_of(log_of(*(view(number, 1) for number in range(1, 251))))

    async def read() -> None:
        first = await next_message(stream_of(tail).messages(SCOPE, 10))
        assert sequence(first) == list(range(250, 250 - BURST, -1))
        assert first["skipped"] == 240 - BURST
        whole = await next_message(stream_of(tail).messages(SCOPE, 50))
        assert (len(sequence(whole)), whole["skipped"]) == (BURST, 0)

    asyncio.run(read())


def flood(number: int, events: int) -> Record:
    """A request of so many product views."""
    seen = view(number % 200, 0).events[0]
    return request(number % 200, 0, events=(seen,) * events)


def test_five_thousand_events_a_second_are_four_small_messages() -> None:
    log = log_of(view(1, 2))
    tail = tail_of(log)
    loop_seconds: list[float] = []

    async def read() -> None:
        messages = stream_of(tail).messages(SCOPE, 0)
        await next_message(messages)
        seen, sizes, rows = 1, [], []
        for _ in range(12):
            for number in range(50):
                await log.append(record.encode(flood(number, 25)))
            while await asyncio.to_thread(tail.poll):
                pass
            began = asyncio.get_running_loop().time()
            raw = await raw_message(messages)
            loop_seconds.append(asyncio.get_running_loop().time() - began)
            message = parsed(raw)
            sizes.append(len(raw))
            rows.append(len(sequence(message)))
            assert len(sequence(message)) + message["skipped"] == 1_250
            seen += 1_250
            assert message["cards"]["events_30"] == f"{seen:,}"
        assert rows[0] == BURST
        assert rows[2:] == [A_MESSAGE] * 10
        assert sum(sizes[2:6]) < 40_000, "bytes of a second"

    asyncio.run(read())
    assert min(loop_seconds) >= 0.2, "at most four messages a second"


def test_a_narrowed_feed_has_what_was_asked_for_and_counts_of_all() -> None:
    empty = Refused(seq=0, outcome="quarantined", codes=("items_empty",), name="view")
    tail = tail_of(log_of(view(1, 2), request(2, 1, refused=(empty,)), view(3, 1, search_term="red cup")))

    async def first(**chosen: str) -> dict[str, Any]:
        scope = scope_of(SHOP, parse(chosen)[0], slug="live", now=NOW)
        return await next_message(stream_of(tail).messages(scope, 0))

    async def read() -> None:
        assert sequence(await first(outcome="quarantined")) == [2]
        assert sequence(await first(find="RED")) == [3]
        assert sequence(await first(event="view_item")) == [3, 1]
        narrowed = await first(event="purchase")
        assert (sequence(narrowed), narrowed["cards"]["events_30"]) == ([], "3")

    asyncio.run(read())


def test_a_narrowed_page_works_without_scripts_and_its_stream_is_as_narrow() -> None:
    client = signed_in(app_over(week()))
    page = client.get("/live?event=purchase&find=A-1").text
    assert re.findall('data-seq="([0-9]+)"', page) == ["3"]
    assert 'data-stream="/live/stream?find=A-1&amp;event=purchase"' in page
    assert '<option value="purchase" selected>' in page
    assert "data-seq" not in client.get("/live?find=nothing+like+it").text
    assert [
        row["event"] for row in client.get("/live.json?outcome=bad").json()["tables"]["tail/feed"]["rows"]
    ] == [
        None,
        "purchase",
    ]


def test_parts_that_did_not_change_are_not_sent_again() -> None:
    log = log_of(view(1, 2))
    tail = tail_of(log)

    async def read() -> None:
        messages = stream_of(tail).messages(SCOPE, 0)
        assert set((await next_message(messages))["parts"]) == {"feed", "products", "today"}
        await log.append(record.encode(view(2, 0)))
        await asyncio.to_thread(tail.poll)
        assert set((await next_message(messages))["parts"]) == {"feed"}
        later = await next_message(messages)  # a second later: what was held back of the products
        assert set(later["parts"]) == {"feed", "products"}
        assert sequence(later) == []

    asyncio.run(read())


def test_a_stream_ends_after_a_while_so_that_who_may_see_it_is_asked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pushing, "LIFE_SECONDS", 0.0)
    tail = tail_of(log_of(view(1, 2)))

    async def read() -> list[bytes]:
        return [part async for part in stream_of(tail).messages(SCOPE, 0)]

    assert asyncio.run(read()) == [b"retry: 2000\n\n", b"retry: 50\nevent: again\ndata: {}\n\n"]
    assert tail._shops[SHOP.shop_id].notify == []


def test_a_burst_is_few_messages() -> None:
    log = MemoryLog()
    tail = tail_of(log)

    async def read() -> None:
        messages = stream_of(tail).messages(SCOPE, 0)
        await next_message(messages)
        for number in range(1, 51):
            await log.append(record.encode(view(number, 0)))
            await asyncio.to_thread(tail.poll)  # fifty wake-ups
        assert sequence(await next_message(messages)) == list(range(50, 0, -1))

    asyncio.run(read())


def test_a_purchase_brings_todays_numbers_from_the_store() -> None:
    db, log = empty_store(), MemoryLog()
    tail, moment = tail_of(log), [NOW]
    stream = stream_of(tail, db)
    stream.clock = lambda: moment[0]
    bought = Event(event="purchase", event_id=REQUEST.format(9), ts=NOW, device_id="d", transaction_id="A-1")

    async def read() -> None:
        messages = stream.messages(SCOPE, 0)
        assert "€0.00" in (await next_message(messages))["parts"]["today"]
        order(db, "A-1", "03-18 10:29", "12.50", visitor_id="d")
        moment[0] += timedelta(seconds=3)
        await log.append(record.encode(request(9, 0, events=(bought,))))
        await asyncio.to_thread(tail.poll)
        assert "€12.50" in (await next_message(messages))["parts"]["today"]

    asyncio.run(read())


def test_a_reader_that_leaves_is_forgotten() -> None:
    tail = tail_of(log_of(view(1, 1)))

    async def read() -> None:
        messages = stream_of(tail).messages(SCOPE, 0)
        await next_message(messages)
        assert len(tail._shops[SHOP.shop_id].notify) == 1
        await messages.aclose()  # type: ignore[attr-defined]
        assert tail._shops[SHOP.shop_id].notify == []

    asyncio.run(read())


def test_a_store_that_does_not_answer_does_not_stop_the_stream() -> None:
    db, tail = empty_store(), tail_of(log_of(view(1, 1)))
    db.execute("drop table orders")

    async def read() -> None:
        first = await next_message(stream_of(tail, db).messages(SCOPE, 0))
        assert sequence(first) == [1]
        assert "today" not in first["parts"]

    asyncio.run(read())


def test_the_stream_is_served_as_events_to_who_signed_in() -> None:
    client = signed_in(app_over(week()))

    async def first_bytes() -> tuple[dict[str, Any], bytes]:
        sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        connection = client.connection("GET", "/live/stream", {"last_event_id": "x-1"})
        task = asyncio.create_task(client.app(connection, receive, sent.put))
        start, retry, message = [await asyncio.wait_for(sent.get(), 20) for _ in range(3)]
        gone.set()
        await task
        return start, retry["body"] + message["body"]

    start, body = asyncio.run(first_bytes())
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert body.startswith(b"retry: 2000\n\nid: ")
    assert Client(client.app).get("/live/stream").status == 401


def test_live_numbers_are_in_the_page_before_any_script_runs() -> None:
    text = signed_in(app_over(week())).get("/live").text
    assert 'data-card="visitors_30">2<' in text
    assert 'data-seq="4"' in text
    assert 'data-epoch="19d007ec040"' in text


def scope_at(seconds: float) -> Scope:
    return SCOPE.at(NOW + timedelta(seconds=seconds))


def test_a_stream_follows_the_day_over_midnight() -> None:
    tomorrow = scope_at(13 * 3600)
    assert tomorrow.span.start == SCOPE.span.until


def test_records_that_come_while_nobody_reads_are_not_lost() -> None:
    log = log_of(view(1, 1))
    tail = tail_of(log)
    append(log, view(2, 0.5), view(3, 0.2))
    tail.poll()
    assert [entry.seq for entry in tail.snapshot(SHOP.shop_id, after=1).entries] == [3, 2]
