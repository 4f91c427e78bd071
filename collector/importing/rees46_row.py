"""What one row of REES46's open data means.

A row is one event of one visitor and one unit of one product. The format has no order
id, no quantity and no device, and what a row does not say is not invented: purchases are
lines without an order, and the visitor is the user alone. See docs/import.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from collector.event import DecimalText, Event, EventName, Item, decimal_text
from collector.store.files import Row

COLUMNS = (
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
    "src",
)
REQUIRED = ("event_time", "event_type", "product_id", "user_id", "user_session")
KINDS: dict[str, EventName] = {
    "view": "view_item",
    "cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "purchase": "purchase",
}
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
HIGHEST = Decimal(10) ** 14  # what the store's DECIMAL(18,4) can hold
SMALLEST_DIGIT = -12  # a price of 1e-999999 is no price

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?")


def event_of(row: Row, *, seq: int, event_id: str, currency: str) -> Event:
    """The canonical event of a row that has no fault."""
    moment, kind, product, category_id, category, brand, price_sent, user, session, src = row
    event = KINDS[kind]
    counted = event in ("add_to_cart", "remove_from_cart", "purchase")
    price, notes = _price(price_sent)
    if counted:
        notes = ("quantity_defaulted", *notes)
    item = Item(
        item_id=product.strip(),
        item_brand=brand or None,
        item_category=tuple(part for part in category.split(".") if part),
        price=price,
        quantity=DecimalText("1") if counted else None,
        props={"category_id": category_id} if category_id else {},
    )
    when = _moment(moment)
    assert when is not None, "a row without a usable time has a fault"
    return Event(
        event=event,
        event_id=event_id,
        ts=when,
        ts_source="client",
        seq=seq,
        pointer=f"/{seq}",
        vendor_event=kind,
        is_line=event == "purchase",
        user_id=user.strip() or None,
        session_id=session.strip() or None,
        items=(item,),
        currency=currency if price is not None else None,
        props={"src": src} if src else {},
        notes=notes,
    )


def fault_of(row: Row, now: datetime) -> str | None:
    """The reason for which a row cannot be an event."""
    if len(row) != len(COLUMNS):
        return "wrong_shape"
    if not row[1]:
        return "field_missing:event_type"
    if row[1] not in KINDS:
        return "event_unknown"
    if not row[2].strip():
        return "item_id_missing"
    if not row[0].strip():
        return "ts_missing"
    moment = _moment(row[0])
    if moment is None:
        return "ts_invalid"
    return None if EARLIEST <= moment <= now + timedelta(hours=24) else "ts_out_of_range"


@lru_cache(maxsize=4_096)
def _moment(text: str) -> datetime | None:
    """ "2019-10-01 00:00:00 UTC", or any ISO 8601 time; UTC where it names no offset."""
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=16_384)
def _price(text: str) -> tuple[DecimalText | None, tuple[str, ...]]:
    """A unit price and its notes; a negative or unreadable one is absent."""
    if not text.strip():
        return None, ()
    price = Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None
    if price is None or price < 0 or price >= HIGHEST or (price and price.adjusted() < SMALLEST_DIGIT):
        return None, ("price_invalid",)
    return decimal_text(price), ("currency_defaulted",)
