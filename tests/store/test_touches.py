"""Which events are moments at which a tool helped."""

from __future__ import annotations

from pathlib import Path

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
        ("add", "message", "c", None, "chain", None, None, "s"),
        ("impression", "storefront", "a", None, "dynamic", "b1", None, "s"),
        ("impression", "storefront", "b", None, "dynamic", "b1", None, "s"),
        ("message_click", "message", None, None, "new_kind", None, None, "s"),
    ]
    assert rows(store, "select touch_id from touches where kind = 'impression' order by touch_id") == [
        (f"{events[3].event_id}-0",),
        (f"{events[3].event_id}-1",),
    ]
    store.close()
