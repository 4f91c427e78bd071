"""The tag check: waiting, verdicts with the corrected line, what is missing, and what automated tests ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from collector import record
from collector.control import sha256
from collector.event import Event
from collector.log.memory import MemoryLog
from collector.record import RawRecord, Record, Refused
from collector.store.reader import CursorPool, DuckReader
from collector.tail import Tail
from dashboard.answers import Sources
from dashboard.app import fragments
from dashboard.assets import Assets
from dashboard.filters import parse
from dashboard.now import LiveTables
from dashboard.render import Renderer
from dashboard.scope import scope_of
from dashboard.texts import load as load_texts
from dashboard.validator import MOST_EVENTS, ROWS, Stream
from tests.dashboard.shop_world import (
    HOSTILE,
    NOW,
    OTHER,
    REQUEST,
    SHOP,
    Client,
    OneKey,
    app_over,
    empty_store,
    event,
    log_of,
    refused,
    signed_in,
    tail_of,
    view,
    week,
)

SECRET = "a-secret-of-tests-1"
PAGE = "https://kettles.example/p/37"
WRONG: dict[str, Any] = {"call": ["track", "view", {"id": 37, "recommended_by": "dynamic"}], "page": PAGE}
LOST: dict[str, Any] = {"call": ["track", "view", {"id": None}], "page": PAGE}


def batch(number: int, *calls: Mapping[str, Any], **more: Any) -> Record:
    """A request of the script as it came."""
    body = json.dumps({"v": 1, "shop_id": SHOP.shop_id, "did": "AH5aEvmlqn", "events": calls})
    facts: dict[str, Any] = {
        "request_id": REQUEST.format(number),
        "received_at": NOW - timedelta(seconds=1),
        "shop_id": SHOP.shop_id,
        "vendor": "rees46",
        "endpoint": "collect",
        "raw": RawRecord(method="POST", path="/collect", content_type="text/plain", body=body),
    }
    return Record(**{**facts, **more})


def noted(number: int = 60, page: str = PAGE, call: Mapping[str, Any] = WRONG, **more: Any) -> Record:
    """A product view that names a tool and no code."""
    facts: dict[str, Any] = {
        "event": "view_item",
        "event_id": REQUEST.format(number),
        "ts": NOW,
        "pointer": "/events/0",
        "device_id": "AH5aEvmlqn",
        "page_url": page,
        "recommended_by": "dynamic",
        "notes": ("recommended_code_missing",),
    }
    return batch(number, call, events=(Event(**{**facts, **more}),))


def quarantined(number: int = 61) -> Record:
    lost = Refused(
        seq=0, outcome="quarantined", codes=("item_id_missing",), name="track view", pointer="/events/0"
    )
    return batch(number, LOST, refused=(lost,))


def with_key(shop_id: str = SHOP.shop_id) -> OneKey:
    control = OneKey()
    control.add_key(shop_id, "validator", public={}, hashes={"test_key": sha256(SECRET)}, kept={}, now=0.0)
    return control


def asked(client: Client, address: str, secret: str = SECRET) -> Any:
    return client.get(address, authorization=f"Bearer {secret}")


# The page


def test_a_shop_without_events_waits_with_its_snippet_and_asks_again_without_scripts() -> None:
    text = signed_in(app_over(empty_store(), MemoryLog())).get("/validator").text
    assert "Waiting for the first event…" in text
    assert "r46(&#39;init&#39;,&#34;kettles&#34;)" in text
    assert "http://dash.example/v3.js" in text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    assert '<details class="tag" open>' in text


def test_a_shop_that_sent_something_once_is_quiet_and_waits_no_more() -> None:
    text = signed_in(app_over(week(), MemoryLog())).get("/validator").text
    assert "Quiet since" in text
    assert 'http-equiv="refresh"' not in text


def test_the_first_event_and_the_first_mistake_are_named_with_the_corrected_line() -> None:
    text = (
        signed_in(app_over(empty_store(), log_of(view(40, 2), noted(), quarantined()))).get("/validator").text
    )
    assert "The first event came: Product view from /p/37." in text
    head = text[: text.index("data-verdicts")]
    assert "recommended_code_missing" in head
    assert "item_id_missing" not in head
    assert "<code>/events/0/call/2/recommended_code</code>" in head
    assert (
        "r46(&#39;track&#39;, &#39;view&#39;, {id: 37, recommended_by: &#39;dynamic&#39;, "
        '<mark class="changed">recommended_code: </mark><mark class="ask">&#39;…&#39;</mark>})' in head
    )


def test_a_shop_that_waits_is_told_of_the_tag_with_a_wrong_id() -> None:
    lost = Refused(seq=0, outcome="rejected", codes=("shop_unknown",))
    raw = RawRecord(method="POST", path="/push", content_type="application/json", body='{"shop_id":"ketles"}')
    text = (
        signed_in(app_over(empty_store(), log_of(batch(62, shop_id="ketles", raw=raw, refused=(lost,)))))
        .get("/validator")
        .text
    )
    assert "Something came for a shop that there is not." in text
    assert '<mark class="changed">&#34;shop_id&#34;: &#34;kettles&#34;</mark>' in text


def test_verdicts_are_narrowed_by_test_event_verdict_and_text() -> None:
    tested = noted(63, page=f"{PAGE}?r46_test=run-1", device_id="other")
    client = signed_in(app_over(empty_store(), log_of(view(40, 2), noted(), quarantined(), tested)))

    def seqs(query: str) -> list[int]:
        return [
            row["seq"]
            for row in client.get(f"/validator.json?{query}").json()["tables"]["tail/verdicts"]["rows"]
        ]

    assert seqs("") == [4, 3, 2, 1]
    assert seqs("test=run-1") == [4]
    assert seqs("outcome=good") == [1]
    assert seqs("outcome=bad&event=view_item") == [4, 2]
    assert seqs("find=item_id") == [3]
    page = client.get("/validator?test=run-1").text
    assert 'data-stream="/validator/stream?test=run-1"' in page
    assert 'name="test" value="run-1"' in page
    assert ">test run-1<" in page


def test_hostile_words_of_an_event_are_text_on_the_page_and_in_the_line() -> None:
    call = {
        "call": ["track", "view", {"id": HOSTILE, "recommended_by": "dynamic"}],
        "page": f"{PAGE}/{HOSTILE}",
    }
    log = log_of(
        noted(
            64,
            call=call,
            page=f"{PAGE}/{HOSTILE}",
            custom_name=HOSTILE,
            notes=("recommended_code_missing", HOSTILE),
        )
    )
    text = signed_in(app_over(empty_store(), log)).get("/validator").text
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>")
    assert "&lt;\\/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text


# What is missing


def test_pages_are_told_by_kind_with_what_they_lack() -> None:
    db = empty_store()
    for number in range(24):
        event(
            db,
            100 + number,
            "03-17 09:00",
            event="page_view",
            page_url=f"https://kettles.example/p/{number}?a=1",
        )
        event(
            db,
            130 + number,
            "03-17 09:00",
            event="page_view",
            page_url=f"https://kettles.example/c/name{'x' * number}#y",
        )
    event(
        db, 160, "03-17 09:00", ["recommended_code_missing"], recommended_by="dynamic", page_url=f"{PAGE}?u=1"
    )
    event(db, 161, "03-10 09:00", page_url="https://kettles.example/long-ago")
    event(db, 162, "03-17 09:00", page_url="https://kettles.example/robot", bot=True)
    refused(db, 160, "03-17 09:01", "quarantined", ["item_id_missing"])
    answer = signed_in(app_over(db, MemoryLog())).get("/validator.json").json()
    rows = {row["template"]: row for row in answer["tables"]["validator/pages"]["rows"]}
    assert list(rows) == ["/c/:name", "/p/:id"]
    product = rows["/p/:id"]
    told = {
        name: product[name] for name in ("addresses", "page_views", "views", "clicks", "uncoded", "nameless")
    }
    assert told == {"addresses": 25, "page_views": 24, "views": 1, "clicks": 1, "uncoded": 1, "nameless": 1}
    assert (product["example_uncoded"], product["example_nameless"]) == (f"{PAGE}?u=1", f"{PAGE}?u=1")
    text = signed_in(app_over(db, MemoryLog())).get("/validator").text
    for sentence in (
        "/p/:id: no product in 1 of its events",
        "/p/:id: a tool without its code in 1 of its events",
        "/p/:id: 1 product views on 24 page views",
        "/c/:name: 0 list views on 24 page views",
    ):
        assert sentence in text


def test_visits_that_lack_a_step_are_counted_and_shown_once_they_are_many() -> None:
    db = empty_store()
    for number in range(10):
        key = f"k{number}"
        event(
            db,
            10 + number,
            "03-17 09:00",
            event="purchase",
            session_key=key,
            page_url="https://kettles.example/ok",
        )
        if number:
            event(db, 30 + number, "03-17 08:00", event="add_to_cart", session_key=key)
    client = signed_in(app_over(db, MemoryLog()))
    rows = {
        row["step"]: row for row in client.get("/validator.json").json()["tables"]["validator/steps"]["rows"]
    }
    assert {name: (row["found"], row["lacking"]) for name, row in rows.items()} == {
        "cart_without_view": (9, 9),
        "purchase_without_cart": (10, 1),
    }
    assert rows["purchase_without_cart"]["example"] == "https://kettles.example/ok"
    text = client.get("/validator").text
    assert "1 of 10 visits with an order had nothing of a cart" in text
    assert "put a product into the cart without seeing one" not in text, "nine visits are too few to tell"


def test_blocks_that_are_seen_and_never_clicked_are_named() -> None:
    db = empty_store()
    for code, times in (("dead", 200), ("live", 200), ("rare", 199)):
        event(db, 1, "03-17 09:00", event="view_item_list", recommended_by="dynamic", recommended_code=code)
        again = "insert into events select e.* from events e, range(?) where e.recommended_code = ?"
        db.execute(again, [times - 1, code])
    event(db, 2, "03-17 09:00", recommended_by="dynamic", recommended_code="live")
    client = signed_in(app_over(db, MemoryLog()))
    rows = client.get("/validator.json").json()["tables"]["validator/blocks"]["rows"]
    assert [(row["code"], row["shown"], row["clicks"]) for row in rows] == [("dead", 200, 0)]
    assert "dynamic dead: seen 200 times and never clicked" in client.get("/validator").text


# The stream


def stream_of(tail: Tail) -> Stream:
    db = empty_store()
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    made = fragments({"en": Renderer(Assets(), load_texts("en"))})
    return Stream(Sources(reader, LiveTables(tail, NOW), OneKey()), lambda: NOW, made)


async def next_message(messages: AsyncIterator[bytes]) -> dict[str, Any]:
    while True:
        text = (await asyncio.wait_for(anext(messages), 20)).decode()
        if text.startswith("id: "):
            found: dict[str, Any] = json.loads(text.partition("\ndata: ")[2])
            return found


def test_a_waiting_page_is_told_of_the_first_event_and_of_the_first_mistake() -> None:
    log = MemoryLog()
    tail = tail_of(log)
    scope = scope_of(SHOP, parse({})[0], slug="validator", now=NOW)

    async def read() -> None:
        messages = stream_of(tail).messages(scope, 0)
        first = await next_message(messages)
        assert "Waiting for the first event…" in first["status"]
        for one, sentence in ((view(40, 0), "No mistake so far."), (noted(), "recommended_code_missing")):
            await log.append(record.encode(one))
            await asyncio.to_thread(tail.poll)
            told = await next_message(messages)
            assert "The first event came" in told["status"]
            assert sentence in told["status"]
            assert told["rows"].count("<li data-seq") == 1
        await log.append(record.encode(view(41, 0)))
        await asyncio.to_thread(tail.poll)
        assert "No mistake" not in (await next_message(messages))["status"]

    asyncio.run(read())


def test_a_flood_of_mistakes_is_bounded_in_each_message() -> None:
    tail = tail_of(log_of(*(noted(number % 200) for number in range(300))))
    scope = scope_of(SHOP, parse({})[0], slug="validator", now=NOW)

    async def read() -> None:
        first = await next_message(stream_of(tail).messages(scope, 0))
        assert first["rows"].count("<li data-seq") == ROWS

    asyncio.run(read())


@pytest.mark.parametrize("path", ["/validator/stream", "/validator/good.json", "/validator/all.json"])
def test_streams_and_data_need_a_session_or_a_key(path: str) -> None:
    answer = Client(app_over(week())).get(path)
    assert (answer.status, answer.json()) == (401, {"error": "sign in first"})


# What automated tests ask


def test_a_test_reads_what_became_of_its_events_with_the_key_of_the_shop() -> None:
    log = log_of(view(40, 2), noted(), quarantined())
    client = Client(app_over(empty_store(), log, with_key()))
    bad = asked(client, "/validator/bad.json").json()
    assert (bad["shop_id"], bad["seq"], bad["counts"]) == ("kettles", 3, {"all": 3, "good": 1, "bad": 2})
    assert [(one["seq"], one["outcome"]) for one in bad["events"]] == [(2, "accepted"), (3, "quarantined")]
    lost = bad["events"][1]
    assert lost["source"] == LOST
    assert lost["corrected"] == "r46('track', 'view', {id: '…'})"
    assert [(one["code"], one["pointer"], one["level"]) for one in lost["reasons"]] == [
        ("item_id_missing", "/events/0/call/2/id", "error")
    ]
    good = asked(client, "/validator/good.json").json()["events"]
    assert [(one["event"], one["items"], one["page"]) for one in good] == [("view_item", ["37"], "/p/37")]


def test_a_test_reads_its_own_events_alone_and_those_after_a_number() -> None:
    tested = noted(63, page=f"{PAGE}?r46_test=run-1", device_id="other")
    client = Client(app_over(empty_store(), log_of(view(40, 2), noted(), tested), with_key()))

    def seqs(query: str) -> list[int]:
        return [one["seq"] for one in asked(client, f"/validator/all.json?{query}").json()["events"]]

    assert (seqs(""), seqs("test=run-1"), seqs("after=1"), seqs("event=view_item&after=2")) == (
        [1, 2, 3],
        [3],
        [2, 3],
        [3],
    )
    assert (seqs("after=x"), seqs("test=nothing")) == ([1, 2, 3], [])


def test_a_reset_begins_anew_and_needs_the_key() -> None:
    tested = noted(63, page=f"{PAGE}?r46_test=run-1", device_id="other")
    client = Client(app_over(empty_store(), log_of(view(40, 2), tested), with_key()))
    assert client.post("/validator/reset", {}).status == 401
    told = client.post("/validator/reset?test=run-1", {}, authorization=f"Bearer {SECRET}")
    assert (told.status, told.json()["seq"]) == (200, 2)
    assert [one["seq"] for one in asked(client, "/validator/all.json").json()["events"]] == [1]
    client.post("/validator/reset", {}, authorization=f"Bearer {SECRET}")
    assert asked(client, "/validator/all.json").json()["counts"] == {"all": 0, "good": 0, "bad": 0}


def test_a_reset_with_a_session_alone_is_refused_since_it_may_be_another_sites_form() -> None:
    client = signed_in(app_over(empty_store(), log_of(view(40, 2)), with_key()))
    assert client.post("/validator/reset", {}).status == 401
    assert client.get("/validator/all.json").json()["counts"]["all"] == 1


@pytest.mark.parametrize("secret", ["", "short", SECRET[:-1], SECRET + "x", "good-link"])
def test_another_secret_opens_nothing(secret: str) -> None:
    client = Client(app_over(week(), control=with_key()))
    answer = asked(client, "/validator/all.json", secret)
    assert (answer.status, answer.json()) == (401, {"error": "no such key"})


def test_a_key_opens_its_own_shop_whatever_the_address_says_and_nothing_else() -> None:
    client = Client(app_over(week(), control=with_key(OTHER.shop_id)))
    told = asked(client, f"/validator/all.json?shop={SHOP.shop_id}").json()
    assert (told["shop_id"], told["events"]) == (OTHER.shop_id, [])
    assert asked(client, "/validator.json").status == 401
    assert asked(client, "/overview.json").status == 401


def test_a_revoked_key_opens_nothing() -> None:
    control = with_key()
    client = Client(app_over(week(), control=control))
    assert asked(client, "/validator/all.json").status == 200
    control.revoke_key(control.keys_of(SHOP.shop_id)[0].key_id, 1.0)
    assert asked(client, "/validator/all.json").status == 401


def test_an_answer_holds_the_newest_events_alone_and_counts_all() -> None:
    log = log_of(*(noted(number % 200) for number in range(MOST_EVENTS + 20)))
    told = asked(Client(app_over(empty_store(), log, with_key())), "/validator/bad.json").json()
    assert (len(told["events"]), told["counts"]["bad"]) == (MOST_EVENTS, MOST_EVENTS + 20)
    assert told["events"][-1]["seq"] == MOST_EVENTS + 20
