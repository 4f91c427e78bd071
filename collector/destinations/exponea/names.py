"""The vendor's words: event types by canonical name, properties by canonical field.

Both are conventions of a project and may be renamed by the shop (docs/wire/exponea.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.destinations.contract import Options
from collector.event import Event

TYPES: Final[Mapping[str, str]] = {
    "page_view": "page_visit",
    "view_item": "view_item",
    "search": "search",
    "cart_update": "cart_update",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "view_cart": "view_cart",
    "begin_checkout": "checkout",
    "add_shipping_info": "checkout",
    "add_payment_info": "checkout",
    "purchase": "purchase",
    "refund": "refund",
    "order_status": "order_status",
    "add_to_wishlist": "add_to_wishlist",
    "remove_from_wishlist": "remove_from_wishlist",
    "view_promotion": "view_promotion",
    "select_promotion": "select_promotion",
    "session_start": "session_start",
    "session_end": "session_end",
}
LINE: Final = "purchase_item"

COLUMNS: Final[Mapping[str, str]] = {
    "email": "email",
    "phone": "phone",
    "session_id": "session_id",
    "page_view_id": "page_view_id",
    "account_id": "account_id",
    "item_list_id": "widget_id",
    "item_list_name": "item_list_name",
    "category_id": "category_id",
    "category_path": "categories_path",
    "search_term": "search_term",
    "search_found": "search_found",
    "promotion_id": "promotion_id",
    "transaction_id": "purchase_id",
    "value": "total_price",
    "currency": "local_currency",
    "tax": "tax",
    "shipping": "shipping",
    "coupon": "voucher_code",
    "payment_type": "payment_method",
    "order_status": "purchase_status",
    "cart_id": "cart_id",
    "location_id": "location_id",
    "recommended_by": "recommended_by",
    "recommended_code": "recommended_code",
    "ab_segment": "ab_segment",
    "stream": "stream",
    "page_url": "location",
    "page_title": "page_title",
    "referrer": "referrer",
}
"""Properties of an event by field, in the order in which they are written."""

ITEM: Final[Mapping[str, str]] = {
    "item_id": "product_id",
    "item_variant": "variant_id",
    "item_name": "title",
    "item_brand": "brand",
    "price": "price",
    "list_price": "original_price",
    "discount": "discount_value",
    "quantity": "quantity",
    "item_group_id": "item_group_id",
    "in_stock": "in_stock",
    "item_location_id": "location",
    "index": "index",
}
"""Properties of a product by field; `item_location_id` is the product's own location."""

OTHERS: Final[Mapping[str, str]] = {
    "items": "product_list",
    "item_category": "category_level_",
    "total_quantity": "total_quantity",
    "event_id": "event_id",
}

_STANDARD: Final = (frozenset(TYPES.values()) - {"order_status"}) | {
    LINE,
    "view_category",
    "view_item_list",
    "widget_view",
    "widget_click",
    "select_item",
    "view_search_results",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
}

_LISTS: Final = {
    "view_category": "category",
    "widget_view": "recommendation",
    "widget_click": "recommendation",
}


def property_names(options: Options) -> Mapping[str, str]:
    """Every field's property, the shop's own names before the usual ones."""
    told: Mapping[str, str] = options.get("property_map", {})
    return {**COLUMNS, **ITEM, **OTHERS, **told}


def event_type(event: Event, options: Options) -> str | None:
    """The type of the event; None for a custom one without a name or of a standard type's name.

    A name may be given to the vendor's usual type (`view_category`) or to the canonical name.
    """
    names: Mapping[str, str] = options["names"]
    if event.event == "custom":
        own = event.custom_name or ""
        return names.get(own) or (own if own not in _STANDARD else "") or None
    usual = _usual(event)
    return names.get(usual) or names.get(event.event) or usual


def told_list(event: Event) -> str | None:
    """The kind of list that the event's type says by itself."""
    return None if event.event == "custom" else _LISTS.get(_usual(event))


def _usual(event: Event) -> str:
    return _list_type(event) or _click_type(event) or TYPES[event.event]


def _list_type(event: Event) -> str:
    """The type of a shown list: of a category, of a recommendation, or any other."""
    if event.event != "view_item_list":
        return ""
    kind = event.item_list_type
    if kind == "category" or (kind is None and (event.category_id or event.category_path)):
        return "view_category"
    return "widget_view" if kind == "recommendation" else "view_item_list"


def _click_type(event: Event) -> str:
    """A click in a recommendation is the vendor's own type; one elsewhere must not count as that."""
    if event.event != "select_item":
        return ""
    tool = event.recommended_by or event.recommended_code
    recommended = event.item_list_type == "recommendation" or (event.item_list_type is None and tool)
    return "widget_click" if recommended else "select_item"
