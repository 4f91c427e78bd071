"""Events and items in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from collector.event import DecimalText, Event, EventName, Item
from collector.ids import keyed_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def item(item_id: str, quantity: str | None = "1", **told: Any) -> Item:
    return Item(item_id=item_id, quantity=DecimalText(quantity) if quantity else None, **told)


def event(name: EventName, event_id: str = "e1", **told: Any) -> Event:
    return Event(event=name, event_id=event_id, **{"ts": NOON, **told})


def line(event_id: str, item_id: str, quantity: str = "1", price: str = "10", **told: Any) -> Event:
    """One line of order A-1."""
    items = (item(item_id, quantity, price=price, location_id=told.pop("stock", None)),)
    columns = {"order_key": "A-1", "transaction_id": "A-1", "items": items, "is_line": True}
    return event("purchase", event_id, **{**columns, **told})


def whole(event_id: str, *items: Item, **told: Any) -> Event:
    """A row that tells of the whole of order A-1."""
    return event("purchase", event_id, order_key="A-1", transaction_id="A-1", items=items, **told)


def uuid_of(name: str) -> str:
    return keyed_id("shop-1", "test", name)
