"""Canonical records leave the store as docs/wire/canonical.md, "Record", writes them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from collector.record import Refused
from collector.store.export import export_events, export_refused
from tests.store.world import START, Sender, item, load, open_store, purchase_id


def test_an_event_is_told_whole_and_its_empty_columns_are_left_out(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = sender.event(
        "purchase",
        START + timedelta(microseconds=5),
        event_id=purchase_id("A-1"),
        vendor_event="purchase",
        order_key="A-1",
        transaction_id="A-1",
        device_id="d",
        alias=({"type": "card", "value": "7"},),
        ids={"telegram_id": "007"},
        items=(item("a", "2", "1990.5", item_category=("x", "y"), props={"n": 1.0}),),
        value="3981",
        currency="EUR",
        props={"z": [1, None, "\u0000"], "a": {}},
        notes=("currency_defaulted",),
        pointer="/events/0",
    )
    line = sender.request([event], received_at=START + timedelta(seconds=1))
    load(store, [line])
    (written,) = export_events(store.reader(), "shop-1")
    assert written.endswith(b"\n")
    assert json.loads(written) == {
        "shop_id": "shop-1",
        "vendor": "rees46",
        "endpoint": "rees46.push",
        "event": "purchase",
        "vendor_event": "purchase",
        "event_id": event.event_id,
        "request_id": json.loads(line)["request_id"],
        "seq": 0,
        "ts": "2026-01-05T12:00:00.000005Z",
        "ts_source": "client",
        "received_at": "2026-01-05T12:00:01.000000Z",
        "order_key": "A-1",
        "transaction_id": "A-1",
        "device_id": "d",
        "alias": [{"type": "card", "value": "7"}],
        "ids": {"telegram_id": "007"},
        "items": [
            {
                "item_id": "a",
                "item_category": ["x", "y"],
                "price": "1990.5",
                "quantity": "2",
                "props": {"n": 1.0},
            }
        ],
        "value": "3981",
        "currency": "EUR",
        "props": {"z": [1, None, "\u0000"], "a": {}},
        "notes": ["currency_defaulted"],
        "raw": {
            "method": "POST",
            "path": "/push",
            "query": "",
            "content_type": "application/json",
            "pointer": "/events/0",
            "body": "{}",
        },
    }
    store.close()


def test_false_flags_are_left_out_and_a_false_answer_is_not(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([sender.event("search", START, search_found=False, is_full=True)])])
    (written,) = map(json.loads, export_events(store.reader(), "shop-1"))
    assert (written["search_found"], written["is_full"], "is_line" in written) == (False, True, False)
    assert written["props"] == {}
    store.close()


def test_records_are_ordered_by_request_and_place_and_only_the_shops_own(tmp_path: Path) -> None:
    store, sender, other = open_store(tmp_path / "s.duckdb"), Sender(), Sender(2, shop_id="shop-2")
    lines = [
        sender.request(
            [sender.event("page_view", START) for _ in range(12)], received_at=START + timedelta(hours=n)
        )
        for n in (3, 1, 2)
    ]
    load(store, [*lines, other.request([other.event("page_view", START)])])
    found = [json.loads(line) for line in export_events(store.reader(), "shop-1")]
    order = [(record["request_id"], record["seq"]) for record in found]
    assert order == sorted(order)
    assert len(order) == 36
    store.close()


def test_an_event_stored_twice_beyond_the_window_leaves_once(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    for days in (0, 31):
        moment = START + timedelta(days=days)
        event = sender.event("search", moment, event_id=purchase_id("e"), ts_source="server")
        assert load(store, [sender.request([event], received_at=moment)]).events == 1
    found = [json.loads(line) for line in export_events(store.reader(), "shop-1")]
    assert [record["ts"] for record in found] == ["2026-01-05T12:00:00.000000Z"]
    store.close()


def test_what_was_refused_leaves_with_its_reasons_and_raw(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    refused = Refused(seq=1, outcome="quarantined", codes=("event_unknown",), pointer="/1", name="odd")
    lines = [
        sender.request([sender.event("page_view", START)], refused=[refused]),
        Sender(2, shop_id="nobody").request([], received_at=START, refused=[refused]),
    ]
    load(store, lines)
    found = [json.loads(line) for line in export_refused(store.reader(), "shop-1")]
    assert found == [
        {
            "shop_id": "shop-1",
            "received_at": "2026-01-05T12:00:01.000000Z",
            "request_id": json.loads(lines[0])["request_id"],
            "seq": 1,
            "vendor": "rees46",
            "endpoint": "rees46.push",
            "outcome": "quarantined",
            "codes": ["event_unknown"],
            "name": "odd",
            "raw": {
                "method": "POST",
                "path": "/push",
                "query": "",
                "content_type": "application/json",
                "pointer": "/1",
                "body": "{}",
            },
        }
    ]
    shops = [json.loads(line)["shop_id"] for line in export_refused(store.reader(), None)]
    assert sorted(shops) == ["nobody", "shop-1"]
    store.close()
