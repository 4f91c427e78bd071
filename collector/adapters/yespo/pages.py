"""The web tracker's events by name (docs/wire/yespo.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from collector.adapters.yespo.known import impression, search
from collector.adapters.yespo.products import WEB, Manner, need_product, take_products
from collector.event import EventName
from collector.reading.draft import Draft, Unusable
from collector.reading.fingerprint import fingerprint
from collector.reading.values import identifier

OTHER_NAMES = {"ProductImpression": "ProductImpressions"}
_SIBLINGS = {"StatusCart": ("GUID",), "PurchasedItems": ("GUID", "OrderNumber", "TrackedOrderId")}
"""What may stand beside the own part of an event."""


class Page(msgspec.Struct, kw_only=True):
    """A body of the tracker: the whole, its GeneralInfo, and the event's own part.

    `sent` says whether the own part was there at all. A list instead of it is its products, and its
    other fields stand beside it.
    """

    body: dict[str, Any]
    general: dict[str, Any]
    inner: dict[str, Any] = {}
    sent: bool = False

    def __post_init__(self) -> None:
        name = identifier(self.general.get("eventName")) or ""
        part = next((one for one in (name, *_names(name)) if self.body.get(one) is not None), name)
        given = self.body.get(part)
        self.sent = given is not None
        if isinstance(given, dict):
            self.inner = dict(given)
        elif isinstance(given, list):
            self.inner = {"Products": given}
        elif given is not None:
            self.inner = {part: given}

    def key(self, name: str) -> tuple[str, ...]:
        """What makes a repeat the same event: the vendor's id of it, else the whole body of one moment."""
        site = identifier(self.general.get("siteId")) or ""
        own = {"StatusCart": ("GUID",), "PurchasedItems": ("TrackedOrderId", "OrderNumber")}.get(name, ())
        for field in own:
            if found := identifier(self.find(field)):
                return ("web", name, site, found)
        if self.general.get("datetime") in (None, ""):
            return ()
        return ("web", name, site, fingerprint(self.body))

    def find(self, field: str) -> Any:
        """A field of the event's own part, else the one beside it."""
        inner = self.inner.get(field)
        return self.body.get(field) if inner is None or inner == "" else inner

    def take(self, field: str) -> Any:
        """The same, out of the event's own part."""
        found = self.find(field)
        self.inner.pop(field, None)
        return found

    def rest(self) -> dict[str, Any]:
        """What stands beside the event's own part and is no field of every event."""
        name = identifier(self.general.get("eventName")) or ""
        known = ("GeneralInfo", "orgId", name, *_names(name), *_SIBLINGS.get(name, ()))
        return {field: value for field, value in self.body.items() if field not in known}


def _names(name: str) -> tuple[str, ...]:
    """Other names of the own part of an event."""
    return tuple(other for pair in OTHER_NAMES.items() for other in pair if name in pair and other != name)


def read_page(draft: Draft, page: Page) -> EventName:
    """The reader of the event's name, else an event of the shop's own."""
    return _READERS.get(OTHER_NAMES.get(draft.name, draft.name), _custom)(draft, page)


def _products(draft: Draft, page: Page, manner: Manner) -> None:
    plural, single = page.inner.pop("Products", None), page.inner.pop("Product", None)
    take_products(draft, single if plural is None or plural == "" else plural, manner)


def _view(draft: Draft, page: Page) -> EventName:
    draft.props["page_type"] = draft.name
    return "page_view"


def _product(draft: Draft, page: Page) -> EventName:
    _products(draft, page, Manner(WEB, "Product"))
    need_product(draft, WEB)
    return "view_item" if draft.name == "ProductPage" else "add_to_wishlist"


def _category(draft: Draft, page: Page) -> EventName:
    """The vendor's field names are not known: the first that speaks of a category counts, all are kept."""
    draft.columns["item_list_type"] = "category"
    for name, value in page.inner.items():
        if "category" in name.lower() and identifier(value) is not None:
            draft.id("category_id", value, name)
            return "view_item_list"
    draft.note("field_missing:category")
    return "view_item_list"


def _search(draft: Draft, page: Page) -> EventName:
    return search(draft, page.inner)


def _cart(draft: Draft, page: Page) -> EventName:
    if not page.sent:
        raise Unusable("field_missing:StatusCart")
    _id(draft, page, "cart_id", "GUID")
    _products(draft, page, Manner(WEB, "Products", counted=True))
    draft.columns["is_full"] = True
    return "cart_update"


def _cart_page(draft: Draft, page: Page) -> EventName:
    return "view_cart"


def _impressions(draft: Draft, page: Page) -> EventName:
    _products(draft, page, Manner(WEB, "Products", numbered=True))
    return impression(draft, page.inner.pop("container_type", None), "container_type")


def _purchase(draft: Draft, page: Page) -> EventName:
    """An order is known by its number; one without number and products says nothing."""
    _id(draft, page, "cart_id", "GUID")
    order = _id(draft, page, "transaction_id", "OrderNumber")
    page.take("TrackedOrderId")
    _products(draft, page, Manner(WEB, "Products", counted=True))
    if order is not None:
        draft.columns["order_key"] = order
    elif draft.columns["items"]:
        draft.note("field_missing:OrderNumber")
    else:
        raise Unusable("field_missing:OrderNumber")
    tags = page.find("Tags")
    if isinstance(tags, dict) and identifier(tags.get("blockId")) is not None:
        draft.id("recommended_code", tags["blockId"], "blockId")
    return "purchase"


def _customer(draft: Draft, page: Page) -> EventName:
    return "identify"


def _custom(draft: Draft, page: Page) -> EventName:
    draft.columns["custom_name"] = draft.name
    if any(isinstance(page.inner.get(name), dict | list) for name in ("Products", "Product")):
        _products(draft, page, Manner(WEB, "Products"))
    return "custom"


def _id(draft: Draft, page: Page, column: str, field: str) -> str | None:
    return draft.id(column, page.take(field), field)


_READERS: Mapping[str, Callable[[Draft, Page], EventName]] = {
    "PageView": _view,
    "MainPage": _view,
    "NotFound": _view,
    "ProductPage": _product,
    "CategoryPage": _category,
    "SearchRequest": _search,
    "StatusCart": _cart,
    "StatusCartPage": _cart_page,
    "AddToWishlist": _product,
    "ProductImpressions": _impressions,
    "PurchasedItems": _purchase,
    "CustomerData": _customer,
}
