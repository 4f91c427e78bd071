"""The events the vendor knows by their keys, and all others (docs/wire/yespo.md §3, "Known keys")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from collector.adapters.yespo.parameters import Params, take_structured
from collector.adapters.yespo.products import API, Manner, need_product, take_currency, take_products
from collector.event import EventName
from collector.reading.draft import Draft, Unusable
from collector.reading.values import boolean, identifier, plain
from collector.reasons import coded

_VARIANT = re.compile(r"r\d+v\d+", re.ASCII)

Reader = Callable[[Draft, Params], EventName]


class Known(NamedTuple):
    """How an event is read, and the parameters the vendor asks for in its refusal."""

    read: Reader
    required: tuple[str, ...]


def search(draft: Draft, values: dict[str, Any]) -> EventName:
    """A search; one that does not say whether it found anything found nothing, which is said."""
    if draft.text("search_term", values.pop("search", None), "search") is None:
        raise Unusable("field_missing:search")
    found = values.pop("isFound", None)
    if found is None or found == "":
        draft.columns["search_found"] = False
        draft.props["isFound_defaulted"] = True
    elif (known := boolean(found)) is not None:
        draft.columns["search_found"] = known
    else:
        draft.props["isFound"] = plain(found)
        draft.note("field_format:isFound")
    return "search"


def impression(draft: Draft, code: Any, name: str) -> EventName:
    """A block of recommendations was shown: the block is list and tool at once."""
    draft.columns["item_list_type"] = "recommendation"
    draft.columns["recommended_by"] = "recommendation"
    shown = draft.id("item_list_id", code, name)
    if shown is None:
        draft.note(coded("field_missing", name), strict=True)
    else:
        draft.columns["recommended_code"] = shown
        if _VARIANT.fullmatch(shown) is None:
            draft.note(coded("field_format", name), strict=True)
    return "view_item_list"


def custom(draft: Draft, params: Params) -> EventName:
    """An event of the shop's own; its products are read like any others."""
    draft.columns["custom_name"] = draft.name
    if products := take_structured(draft, params, "products", "product"):
        take_products(draft, products, Manner(API))
    return "custom"


def _page_viewed(draft: Draft, params: Params) -> EventName:
    page = take_structured(draft, params, "page")
    if isinstance(page, dict):
        inner = page.pop("location", None)
        draft.text("page_url", inner, "location")
        _keep(draft, "page", page)
    elif page:
        _keep(draft, "page", page)
    own = params.pop("location", None)
    if "page_url" not in draft.columns and draft.text("page_url", own, "location") is None:
        draft.note("field_missing:location", strict=True)
    return "page_view"


def _product_viewed(draft: Draft, params: Params) -> EventName:
    _one_product(draft, params)
    return "view_item"


def _wished(draft: Draft, params: Params) -> EventName:
    _one_product(draft, params)
    return "add_to_wishlist"


def _one_product(draft: Draft, params: Params) -> None:
    given = take_structured(draft, params, "product", "products")
    take_products(draft, given, Manner(API, "product", priced=True))
    need_product(draft, API)


def _category_viewed(draft: Draft, params: Params) -> EventName:
    category = take_structured(draft, params, "category")
    if not isinstance(category, dict) or identifier(category.get("productCategoryId")) is None:
        raise Unusable("field_missing:productCategoryId")
    draft.id("category_id", category.pop("productCategoryId"), "productCategoryId")
    _keep(draft, "category", category)
    draft.columns["item_list_type"] = "category"
    return "view_item_list"


def _cart_updated(draft: Draft, params: Params) -> EventName:
    """The whole cart. One that cannot be read is set aside: it would look like an empty one."""
    products = take_structured(draft, params, "products", "product")
    for name in ("products", "product"):
        if products is None and name in draft.props:
            raise Unusable(coded("json_invalid", name))
    if products:
        take_products(draft, products, Manner(API, priced=True, counted=True))
    if draft.id("cart_id", params.pop("recycleStateId", None), "recycleStateId") is None:
        draft.note("field_missing:recycleStateId", strict=True)
    draft.columns["is_full"] = True
    return "cart_update"


def _impressions(draft: Draft, params: Params) -> EventName:
    products = take_structured(draft, params, "products", "product")
    if products:
        take_products(draft, products, Manner(API, numbered=True))
    elif not draft.props.keys() & {"products", "product"}:
        draft.note("field_missing:products", strict=True)
    return impression(draft, params.pop("recomVariantId", None), "recomVariantId")


def _keep(draft: Draft, name: str, value: Any) -> None:
    if value:
        draft.props[name] = plain(value)


KNOWN: Mapping[str, Known] = {
    "pageViewed": Known(_page_viewed, ("page",)),
    "productViewed": Known(_product_viewed, ("product",)),
    "productCategoryViewed": Known(_category_viewed, ("category",)),
    "cartUpdated": Known(_cart_updated, ("products", "recycleStateId")),
    "productImpressions": Known(_impressions, ("recomVariantId", "products")),
    "productAddedToWishlist": Known(_wished, ("product",)),
    "searchRequest": Known(search, ("search",)),
}


def refusal(name: str, code: str) -> str:
    """What strict mode says: the parameters the vendor lists where one is missing, else the code."""
    known = KNOWN.get(name)
    missing = code.startswith(("field_missing:", "quantity_defaulted")) and code != "field_missing:params"
    if known is None or not missing:
        return code
    listed = ", ".join(f"{{name: {one}, required: true}}" for one in known.required)
    return f"The event should have the following params: [ {listed} ]"


def take_event_currency(draft: Draft, params: Params) -> None:
    """The currency of all prices of the event."""
    take_currency(draft, params.pop("currencyCode", None), "currencyCode")
