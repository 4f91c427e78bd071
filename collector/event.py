"""The canonical event: what every vendor's words become.

Field names and rules are those of docs/wire/canonical.md. Nothing here knows HTTP,
the log or the store. Decimals are canonical text, see `decimal_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NewType

import msgspec

DecimalText = NewType("DecimalText", str)
"""A decimal without exponent or trailing zeros: "1990.5", "4", "-0.25"."""

EventName = Literal[
    "page_view",
    "view_item",
    "view_item_list",
    "select_item",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "cart_update",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
    "refund",
    "order_status",
    "add_to_wishlist",
    "remove_from_wishlist",
    "view_promotion",
    "select_promotion",
    "identify",
    "session_start",
    "session_end",
    "custom",
]

TimeSource = Literal["client", "server"]


def decimal_text(value: Decimal) -> DecimalText:
    """Canonical text of a finite decimal: no exponent, no trailing zeros, no "-0"."""
    if not value:
        return DecimalText("0")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return DecimalText(text)


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product of an event. `price` is the unit price paid, after discounts."""

    item_id: str
    item_group_id: str | None = None
    item_variant: str | None = None
    item_name: str | None = None
    item_brand: str | None = None
    item_category: tuple[str, ...] = ()
    price: DecimalText | None = None
    list_price: DecimalText | None = None
    discount: DecimalText | None = None
    quantity: DecimalText | None = None
    in_stock: bool | None = None
    location_id: str | None = None
    index: int | None = None
    props: Mapping[str, Any] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One canonical event of one request.

    Shop, vendor, endpoint, request id and receive time are the request's, see
    `collector.record.Record`. `seq` is the 0-based position in the request and
    `pointer` the JSON pointer of the source inside its raw body. `event_id` is a
    UUIDv5 where the event can be recognised again, else a UUIDv7.
    """

    event: EventName
    event_id: str
    ts: datetime
    ts_source: TimeSource = "server"
    seq: int = 0
    pointer: str = ""
    custom_name: str | None = None
    vendor_event: str | None = None
    is_line: bool = False
    order_key: str | None = None
    device_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    session_id: str | None = None
    page_view_id: str | None = None
    account_id: str | None = None
    alias: tuple[Mapping[str, str], ...] = ()
    ids: Mapping[str, str] = {}
    items: tuple[Item, ...] = ()
    item_list_id: str | None = None
    item_list_name: str | None = None
    item_list_type: str | None = None
    category_id: str | None = None
    category_path: str | None = None
    search_term: str | None = None
    search_found: bool | None = None
    promotion_id: str | None = None
    transaction_id: str | None = None
    value: DecimalText | None = None
    currency: str | None = None
    tax: DecimalText | None = None
    shipping: DecimalText | None = None
    coupon: str | None = None
    payment_type: str | None = None
    order_status: str | None = None
    cart_id: str | None = None
    is_full: bool = False
    location_id: str | None = None
    recommended_by: str | None = None
    recommended_code: str | None = None
    ab_segment: str | None = None
    stream: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    referrer: str | None = None
    props: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()
