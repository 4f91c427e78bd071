"""An event is asked whether its visitor is in a segment, by any id by which the visitor was ever seen."""

from __future__ import annotations

import pytest

from collector.errors import OperatorError
from collector.event import Event
from collector.store.reader import CursorPool, DuckReader
from dashboard.segments.known import Known, known
from tests.dashboard.shop_world import NOW, OTHER, SHOP, OneKey, empty_store, event, order, session

RETURNING = '{"version":1,"rule":{"is":"orders","least":1}}'


@pytest.fixture
def control() -> OneKey:
    return OneKey()


@pytest.fixture
def reader() -> DuckReader:
    db = empty_store()
    session(db, "s1", "03-16 09:00", "ann")
    session(db, "s2", "03-16 10:00", "bob")
    order(db, "A-1", "03-16 09:30", "40", visitor_id="ann")
    event(db, 1, "03-16 09:00", visitor_id="ann", device_id="phone")
    event(db, 2, "03-16 09:10", visitor_id="ann", device_id="laptop", user_id="u-5", email="ann@example.org")
    event(db, 3, "03-16 10:00", visitor_id="bob", device_id="tablet", phone="4917000000")
    event(db, 4, "03-16 10:00", visitor_id="ann", device_id="elsewhere", shop_id=OTHER.shop_id)
    return DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))


def saved(control: OneKey, text: str = RETURNING) -> str:
    return control.segments.add(SHOP.shop_id, "Buyers", "dynamic", text, NOW.timestamp()).segment_id


def has(found: Known, **ids: str) -> bool:
    return found.has(Event(event="view_item", event_id="e", ts=NOW, **ids))  # type: ignore[arg-type]


def test_every_id_of_a_member_is_known_and_nobody_else_s(control: OneKey, reader: DuckReader) -> None:
    saved(control)
    found = known(reader, control, SHOP.shop_id, "Buyers", NOW)
    assert len(found) == 4
    assert all(
        has(found, **{name: value})
        for name, value in (
            ("device_id", "phone"),
            ("device_id", "laptop"),
            ("user_id", "u-5"),
            ("email", "ann@example.org"),
        )
    )
    assert not has(found, device_id="tablet")
    assert not has(found, phone="4917000000")
    assert not has(found, user_id="phone")
    assert not has(found)


def test_a_segment_is_found_by_its_id_too(control: OneKey, reader: DuckReader) -> None:
    assert has(known(reader, control, SHOP.shop_id, saved(control), NOW), device_id="phone")


def test_another_shop_s_devices_are_not_in_it(control: OneKey, reader: DuckReader) -> None:
    saved(control)
    assert not has(known(reader, control, SHOP.shop_id, "Buyers", NOW), device_id="elsewhere")


def test_what_is_no_segment_is_refused(control: OneKey, reader: DuckReader) -> None:
    with pytest.raises(OperatorError, match="no usable segment 'Buyers'"):
        known(reader, control, SHOP.shop_id, "Buyers", NOW)
    with pytest.raises(OperatorError, match="no shop with the id 'nowhere'"):
        known(reader, control, "nowhere", "Buyers", NOW)
