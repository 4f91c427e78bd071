"""Where one session ends and the next begins, and what is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from collector.store import ShopRules
from tests.store.world import START, Sender, load, open_store, rows

SECOND = timedelta(seconds=1)
KEYS = "select session_key, events from sessions order by started_at, session_key"


def test_a_gap_of_the_shops_length_ends_a_session_and_a_second_less_does_not(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    times = (START, START + 7199 * SECOND, START + (7199 + 7200) * SECOND)
    for ts in times:
        load(store, [sender.request([sender.event("page_view", ts, device_id="d", session_id="s")])])
    assert rows(store, KEYS) == [("s", 2), ("s#2", 1)]
    store.close()


def test_a_shop_may_have_its_own_gap(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    rules = {"shop-1": ShopRules(session_gap_s=1800)}
    for ts in (START, START + 1799 * SECOND, START + (1799 + 1800) * SECOND):
        load(store, [sender.request([sender.event("page_view", ts, device_id="d", session_id="s")])], rules)
    assert rows(store, KEYS) == [("s", 2), ("s#2", 1)]
    store.close()


def test_a_late_event_joins_two_sessions_and_everything_beside_follows(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    times = (START, START + 9000 * SECOND, START + 20000 * SECOND)
    for number, ts in enumerate(times):
        bought = sender.event(
            "purchase", ts, device_id="d", session_id="s", order_key=f"o{number}", value="5"
        )
        load(store, [sender.request([bought])])
    assert rows(store, "select order_key, session_key from orders order by order_key") == [
        ("o0", "s"),
        ("o1", "s#2"),
        ("o2", "s#3"),
    ]
    late = sender.event("page_view", START + 4500 * SECOND, device_id="d", session_id="s")
    load(store, [sender.request([late], received_at=START + 30000 * SECOND)])
    assert rows(store, "select order_key, session_key from orders order by order_key") == [
        ("o0", "s"),
        ("o1", "s"),
        ("o2", "s#2"),
    ]
    assert rows(store, "select session_key, events, purchases from sessions order by started_at") == [
        ("s", 3, 2),
        ("s#2", 1, 1),
    ]
    store.close()


def test_events_without_a_session_id_have_sessions_of_their_own(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    first = sender.event("page_view", START, device_id="d")
    other = sender.event("page_view", START + SECOND, device_id="d", session_id="s")
    second = sender.event("page_view", START + 2 * SECOND, device_id="d")
    load(store, [sender.request([first, other, second])])
    assert rows(store, KEYS) == [(f"~{first.event_id}", 2), ("s", 1)]
    store.close()


def test_what_identifies_nobody_has_no_session(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    events = [
        sender.event("page_view", START, session_id="s"),
        sender.event("page_view", START, user_id="u", email="c@d"),
        sender.event("page_view", START, email="a@b"),
        sender.event("page_view", START, phone="+1"),
    ]
    load(store, [sender.request(events)])
    assert rows(store, "select visitor_id, session_key is null from events order by seq") == [
        (None, True),
        ("u:u", False),
        ("e:a@b", False),
        ("p:+1", False),
    ]
    store.close()


def test_a_session_lands_on_its_first_page_and_takes_its_source_from_there(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    who = {"device_id": "d", "session_id": "s"}
    start = sender.event("session_start", START, **who)
    page = sender.event(
        "page_view",
        START + SECOND,
        page_url="https://shop.example/a/b?x=1&utm_source=mail",
        referrer="https://search.example/q?secret",
        **who,
    )
    later = sender.event("page_view", START + 2 * SECOND, page_url="https://shop.example/other", **who)
    for event in (start, page, later):
        load(store, [sender.request([event])])
    assert rows(
        store,
        "select landing_url, referrer_host, channel, utm_source, browser, device_type, bot from sessions",
    ) == [
        (
            "https://shop.example/a/b?x=1&utm_source=mail",
            "search.example",
            "mail",
            "mail",
            "Fire",
            "desktop",
            False,
        )
    ]
    assert rows(store, "select channel from events order by ts") == [(None,), ("mail",), ("direct",)]
    store.close()


def test_bots_are_stored_and_marked_everywhere(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    event = sender.event("purchase", START, device_id="d", order_key="o", value="1")
    load(store, [sender.request([event], user_agent="bot/1")])
    for table in ("events", "sessions", "orders"):
        assert rows(store, f"select bot from {table}") == [(True,)]
    store.close()


def test_what_a_server_says_of_an_order_later_is_no_visit(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    bought = sender.event("purchase", START, device_id="d", order_key="o1", value="5")
    late = START + 30000 * SECOND
    told = sender.event("order_status", late, device_id="d", order_key="o1", order_status="cancelled")
    seen = sender.event("page_view", START + 60000 * SECOND, device_id="d")
    for event in (bought, told, seen):
        load(store, [sender.request([event])])
    assert rows(store, "select events, purchases from sessions order by started_at") == [(1, 1), (1, 0)]
    between = sender.event("page_view", START + 3000 * SECOND, device_id="d")
    load(store, [sender.request([between], received_at=START + 90000 * SECOND)])
    assert rows(store, "select events, purchases from sessions order by started_at") == [(2, 1), (1, 0)]
    assert rows(store, "select session_key from events where event = 'order_status'") == [(None,)]
    store.close()
