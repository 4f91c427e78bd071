"""Which code is told for which field that a destination has no place for (docs/wire/canonical.md §10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from collector.event import Event, Item

CODES: Final = (
    "loss_ts",
    "loss_quantity",
    "loss_price",
    "loss_currency",
    "loss_value",
    "loss_tax_shipping",
    "loss_coupon",
    "loss_location",
    "loss_attr",
    "loss_items",
    "loss_identity",
    "loss_session",
    "loss_page",
    "loss_props",
)
COLUMNS: Final[Mapping[str, str]] = {
    "device_id": "loss_identity",
    "user_id": "loss_identity",
    "email": "loss_identity",
    "phone": "loss_identity",
    "account_id": "loss_identity",
    "alias": "loss_identity",
    "ids": "loss_identity",
    "session_id": "loss_session",
    "page_view_id": "loss_session",
    "items": "loss_items",
    "value": "loss_value",
    "currency": "loss_currency",
    "tax": "loss_tax_shipping",
    "shipping": "loss_tax_shipping",
    "coupon": "loss_coupon",
    "payment_type": "loss_coupon",
    "location_id": "loss_location",
    "recommended_by": "loss_attr",
    "recommended_code": "loss_attr",
    "ab_segment": "loss_attr",
    "stream": "loss_attr",
    "page_url": "loss_page",
    "page_title": "loss_page",
    "referrer": "loss_page",
}
"""Columns of an event that have a code of their own."""

UNCODED: Final = (
    "item_list_id",
    "item_list_name",
    "item_list_type",
    "category_id",
    "category_path",
    "search_term",
    "search_found",
    "promotion_id",
    "transaction_id",
    "order_status",
    "cart_id",
)
"""Columns without a code: whoever has no word for them carries them under these names."""

ITEM_FIELDS: Final[Mapping[str, str]] = {
    "item_group_id": "loss_items",
    "item_variant": "loss_items",
    "item_name": "loss_items",
    "item_brand": "loss_items",
    "item_category": "loss_items",
    "price": "loss_price",
    "list_price": "loss_price",
    "discount": "loss_price",
    "quantity": "loss_quantity",
    "in_stock": "loss_items",
    "location_id": "loss_location",
    "index": "loss_items",
    "props": "loss_items",
}


def of_event(event: Event, kept: Collection[str]) -> set[str]:
    """Codes of the columns that the event has and that are not kept."""
    return _lost(event, COLUMNS, kept)


def of_items(items: Iterable[Item], kept: Collection[str]) -> set[str]:
    """Codes of what the items have beside their id and what is not kept."""
    return {code for item in items for code in _lost(item, ITEM_FIELDS, kept)}


def of_rest(event: Event, kept: Collection[str]) -> set[str]:
    """`loss_props` where properties, or columns without a code of their own, are not kept.

    `item_list_type` is not among them: it is told by the vendor's name for the event.
    """
    names = {name: "loss_props" for name in (*UNCODED, "props") if name != "item_list_type"}
    return _lost(event, names, kept)


def of_time(event: Event) -> set[str]:
    """The loss of the event's own time; one that has only the moment of its arrival loses nothing."""
    return {"loss_ts"} if event.ts_source == "client" else set()


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Each code once, in the order of the list."""
    told = set(codes)
    return tuple(code for code in CODES if code in told)


def _lost(holder: Any, fields: Mapping[str, str], kept: Collection[str]) -> set[str]:
    return {
        code
        for name, code in fields.items()
        if name not in kept and getattr(holder, name) not in (None, (), {}, "")
    }
