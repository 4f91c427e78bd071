"""A record that cannot be loaded is put aside; its neighbours and the position go on."""

from __future__ import annotations

from pathlib import Path

from tests.store.world import START, Sender, load, open_store, rows


def test_bad_lines_are_put_aside_and_their_neighbours_are_loaded(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    good = [
        sender.request([sender.event("page_view", START, device_id=f"d{n}", session_id="s")])
        for n in range(6)
    ]
    bad = [
        b"not json\n",
        b"[1]\n",
        b"\xff\xfe\n",
        good[0].replace(b'"shop_id":"shop-1"', b'"shop_id":null'),
        good[0].replace(b"{", b'{"v":2,', 1),
        good[0].replace(b'"ts":"', b'"ts":"x'),
        good[0].replace(b'"event_id":"', b'"event_id":"x'),
        b'{"torn":',
    ]
    mixed = [line for pair in zip(good, bad, strict=False) for line in pair] + bad[6:-1] + [bad[-1] + b"\n"]
    brought = load(store, mixed)
    assert (brought.requests, brought.events, brought.unloadable) == (6, 6, 8)
    assert rows(store, "select device_id from events order by device_id") == [(f"d{n}",) for n in range(6)]
    assert store.positions()["w"].offset == sum(len(line) for line in mixed)
    (aside,) = (tmp_path / "unloadable").iterdir()
    assert aside.name == "w-1-0.ndjson"
    assert aside.read_bytes() == b"".join([*bad[:-1], bad[-1] + b"\n"])
    assert load(store, [sender.request([sender.event("page_view", START)])]).events == 1
    store.close()


def test_text_that_looks_like_sql_or_markup_is_only_text(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    nasty = '\'; drop table events; -- \u0000 </script> =1+1 $shop {"a":1} \U0001f600\r\n'
    event = sender.event(
        "custom",
        START,
        custom_name=nasty,
        device_id=nasty,
        session_id=nasty,
        page_url=nasty,
        referrer=nasty,
        props={nasty: nasty},
        recommended_by=nasty,
    )
    load(store, [sender.request([event], user_agent=nasty)])
    assert rows(store, "select custom_name, visitor_id, session_key, page_url from events") == [(nasty,) * 4]
    assert rows(store, "select session_key, landing_url from sessions") == [(nasty, nasty)]
    store.close()


def test_a_request_without_events_is_kept_with_its_raw(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([], received_at=START)])
    assert rows(store, "select method, path, body, user_agent from raws") == [
        ("POST", "/push", "{}", "Firefox")
    ]
    store.close()


def test_a_record_larger_than_the_usual_buffer_is_loaded(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = sender.event("custom", START, device_id="d", props={"long": "x" * 5_000_000})
    assert load(store, [sender.request([event])]).events == 1
    assert rows(store, "select length(props) from events") == [(5_000_011,)]
    store.close()
