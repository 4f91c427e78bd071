"""What a project's event types and properties mean; both may be told otherwise by the shop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from collector import options
from collector.wire import Shop


class Kind(NamedTuple):
    """A canonical event with what an event type says beside its name.

    `counted`: a product without a quantity is one. `needs`: columns whose absence is noted.
    """

    event: str
    needs: tuple[str, ...] = ()
    counted: bool = False
    is_line: bool = False
    list_type: str = ""
    is_tool: bool = False


CUSTOM = Kind("custom")
_CATEGORY = Kind("view_item_list", list_type="category")
_SEARCH = Kind("search", ("search_term",))

KINDS: Mapping[str, Kind] = {
    "page_visit": Kind("page_view"),
    "view_item": Kind("view_item", ("items",)),
    "view_category": _CATEGORY,
    "view_item_list": _CATEGORY,
    "widget_view": Kind("view_item_list", list_type="recommendation", is_tool=True),
    "widget_click": Kind("select_item", ("items",), list_type="recommendation", is_tool=True),
    "select_item": Kind("select_item", ("items",)),
    "search": _SEARCH,
    "view_search_results": _SEARCH,
    "cart_update": Kind("cart_update", counted=True),
    "add_to_cart": Kind("add_to_cart", ("items",), counted=True),
    "remove_from_cart": Kind("remove_from_cart", ("items",), counted=True),
    "view_cart": Kind("view_cart"),
    "add_to_wishlist": Kind("add_to_wishlist", ("items",)),
    "remove_from_wishlist": Kind("remove_from_wishlist", ("items",)),
    "checkout": Kind("begin_checkout"),
    "begin_checkout": Kind("begin_checkout"),
    "add_shipping_info": Kind("add_shipping_info"),
    "add_payment_info": Kind("add_payment_info"),
    "purchase": Kind("purchase", ("transaction_id",), counted=True),
    "purchase_item": Kind("purchase", ("transaction_id", "items"), counted=True, is_line=True),
    "refund": Kind("refund", ("transaction_id",), counted=True),
    "view_promotion": Kind("view_promotion"),
    "select_promotion": Kind("select_promotion"),
    "session_start": Kind("session_start"),
    "session_end": Kind("session_end"),
    "payment": Kind("custom", counted=True),  # stands beside a purchase and must not count as one
}

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "item_id": ("product_id", "item_id"),
    "item_variant": ("variant_id",),
    "item_name": ("title", "item_name", "name", "product_title"),
    "item_brand": ("brand",),
    "item_category": ("category_name",),
    "item_list_id": ("widget_id", "banner_id"),
    "category_id": ("category_id",),
    "category_path": ("categories_path",),
    "price": ("price", "item_price"),
    "list_price": ("original_price",),
    "discount": ("discount_value",),
    "quantity": ("quantity",),
    "items": ("product_list", "items", "products"),
    "transaction_id": ("purchase_id",),
    "order_status": ("purchase_status", "status"),
    "value": ("total_price", "brutto"),
    "currency": ("local_currency", "currency"),
    "coupon": ("voucher_code",),
    "payment_type": ("payment_method", "payment_system", "payment_type"),
    "search_term": ("search_term", "query", "search"),
    "page_url": ("location", "url"),
    "referrer": ("referrer",),
    "email": ("email",),
    "phone": ("phone",),
}
"""By column, the properties it is read from; the first that is present wins."""


class Given(NamedTuple):
    """A property as it came: its name, "" where there is none, and its value."""

    name: str = ""
    value: Any = None


def kind_of(event_type: str, shop: Shop) -> Kind:
    """What the type means; what is neither told by the shop nor known is custom."""
    meant = _told(options.value(shop, "exponea.event_map")).get(event_type, event_type)
    return KINDS.get(meant, CUSTOM)


def properties_of(shop: Shop) -> Mapping[str, tuple[str, ...]]:
    """The property map of the shop."""
    told = options.value(shop, "exponea.property_map")
    return _mapped(told) if told else PROPERTIES


def first(values: Mapping[str, Any], names: tuple[str, ...]) -> Given:
    """The first property of these names that is there; null and empty text are not."""
    for name in names:
        value = values.get(name)
        if value is not None and value != "":
            return Given(name, value)
    return Given()


@lru_cache(maxsize=256)
def _told(written: str) -> Mapping[str, str]:
    """`theirs=ours` pairs by their name."""
    pairs = (pair.partition("=") for pair in written.split(",") if pair)
    return MappingProxyType({name.strip(): meant.strip() for name, _, meant in pairs})


@lru_cache(maxsize=256)
def _mapped(written: str) -> Mapping[str, tuple[str, ...]]:
    """The map with the shop's own columns: `column=property|property`."""
    told = {column: tuple(names.split("|")) for column, names in _told(written).items()}
    return MappingProxyType({**PROPERTIES, **told})
