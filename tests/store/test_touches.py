"""Which events are moments at which a tool helped."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event
from tests.store.world import START, Sender, item, load, open_store, rows


def test_every_kind_of_touch_is_told_with_its_family_and_item(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    who = {"device_id": "d", "session_id": "s"}
    events = [
        sender.event(
            "view_item", START, items=(item("a", item_group_id="g"),), recommended_by="dynamic", **who
        ),
        sender.event("select_item", START, items=(item("b", index=3),), recommended_by="stories", **who),
        sender.event("add_to_cart", START, items=(item("c"),), recommended_by="chain", **who),
        sender.event(
            "view_item_list",
            START,
            item_list_type="recommendation",
            items=(item("a"), item("b")),
            recommended_by="dynamic",
            recommended_code="b1",
            **who,
        ),
        sender.event("custom", START, custom_name="message_clicked", recommended_by="new_kind", **who),
        sender.event("view_item", START, items=(item("z"),), **who),
        sender.event("purchase", START, items=(item("z"),), recommended_by="dynamic", **who),
        sender.event("view_item", START, items=(item("z"),), recommended_by="dynamic"),
    ]
    load(store, [sender.request(events)])
    assert rows(
        store,
        "select kind, family, item_id, item_group_id, recommended_by, recommended_code, position, session_key "
        "from touches order by event_id, touch_id",
    ) == [
        ("click", "storefront", "a", "g", "dynamic", None, None, "s"),
        ("click", "storefront", "b", None, "stories", None, 3, "s"),
        ("message_seen", "message", "c", None, "chain", None, None, "s"),
        ("impression", "storefront", "a", None, "dynamic", "b1", None, "s"),
        ("impression", "storefront", "b", None, "dynamic", "b1", None, "s"),
        ("message_click", "message", None, None, "new_kind", None, None, "s"),
    ]
    assert rows(store, "select touch_id from touches where kind = 'impression' order by touch_id") == [
        (f"{events[3].event_id}-0",),
        (f"{events[3].event_id}-1",),
    ]
    store.close()


def seen(sender: Sender, by: str = "bulk", code: str | None = "m1", **props: Any) -> Event:
    """A view that names a message, as the adapter writes it."""
    props = {"msg_from": by} | ({} if code is None else {"msg_code": code}) | props
    who = {"device_id": "d", "session_id": "s"}
    return sender.event(
        "view_item", START, items=(item("a"),), recommended_by=by, recommended_code=code, props=props, **who
    )


def epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("told", "stands_at"),
    [
        (epoch_ms(START - timedelta(hours=47)), START - timedelta(hours=47)),
        (str(epoch_ms(START - timedelta(days=40))), START - timedelta(days=40)),
        (epoch_ms(START), START),
        (epoch_ms(START) + 1, START),
        (epoch_ms(START + timedelta(days=2)), START),
        (0, START),
        (-5, START),
        ("yesterday", START),
        ("nan", START),
        ("inf", START),
        (True, START),
        ({"ms": 1}, START),
        (None, START),
    ],
)
def test_a_message_is_seen_at_the_moment_of_its_click_where_that_is_usable(
    tmp_path: Path, told: Any, stands_at: datetime
) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([seen(sender, msg_at=told)])])
    assert rows(store, "select kind, family, ts from touches") == [
        ("message_seen", "message", stands_at.replace(tzinfo=None))
    ]
    store.close()


def test_the_moment_of_another_message_is_not_that_of_the_one_named(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    old = epoch_ms(START - timedelta(hours=5))
    events = [
        seen(sender, by="chain", msg_from="bulk", msg_at=old),
        seen(sender, msg_code="another", msg_at=old),
        seen(sender, code=None, msg_at=old),
    ]
    load(store, [sender.request(events)])
    assert rows(store, "select recommended_by, recommended_code, ts from touches order by touch_id") == [
        ("chain", "m1", START.replace(tzinfo=None)),
        ("bulk", "m1", START.replace(tzinfo=None)),
        ("bulk", None, START.replace(tzinfo=None) - timedelta(hours=5)),
    ]
    store.close()


@pytest.mark.parametrize(
    ("by", "family"),
    [
        ("mobile_push_bulk", "message"),
        ("mobile_push_welcome", "message"),
        ("web_push_chain", "message"),
        ("web_push_trigger", "message"),
        ("web_push_block", "storefront"),
        ("pushy", "storefront"),
        ("mobile_pusher", "storefront"),
    ],
)
def test_a_push_is_a_message_whatever_its_channel(tmp_path: Path, by: str, family: str) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    load(store, [sender.request([seen(sender, by=by)])])
    assert rows(store, "select family, kind from touches") == [
        (family, "message_seen" if family == "message" else "click")
    ]
    store.close()


def test_a_sight_of_a_message_follows_its_event_into_another_session(tmp_path: Path) -> None:
    """A late event moves the start of a session without an id; the sight stands days before it."""
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    told = {"msg_from": "bulk", "msg_at": epoch_ms(START - timedelta(days=2))}
    view = sender.event(
        "view_item", START, items=(item("a"),), recommended_by="bulk", props=told, device_id="d"
    )
    early = sender.event("page_view", START - timedelta(minutes=5), device_id="d")
    load(store, [sender.request([view])])
    load(store, [sender.request([early], received_at=START + timedelta(minutes=1))])
    assert rows(store, "select session_key from touches") == [(f"~{early.event_id}",)]
    store.close()
