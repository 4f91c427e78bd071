"""The table of standard events: from a wire body to the columns that make it one (§3.1, §3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.adapters.r46.custom import custom
from collector.adapters.r46.draft import Draft, Unusable
from collector.adapters.r46.items import need_items, take_items
from collector.adapters.r46.purchase import purchase
from collector.reading.values import flag, identifier, text
from collector.reasons import coded

Reader = Callable[[Draft], str]
"""Writes columns, and returns the canonical event's name; raises Unusable."""


def _view(draft: Draft) -> str:
    draft.columns["items"] = need_items(draft)
    return "view_item"


def _category(draft: Draft) -> str:
    value = draft.body.pop("category_id", None)
    columns = draft.columns
    if isinstance(value, list) and value:
        draft.note("field_type:category_id", strict=422)
        path = [found for one in value if (found := identifier(one))]
        columns["category_path"] = "/".join(path) or None
        value = path[-1] if path else None
    category_id = identifier(value)
    if category_id is None:
        raise Unusable("field_missing:category_id")
    columns["category_id"] = category_id
    columns["item_list_type"] = "category"
    return "view_item_list"


def _search(draft: Draft) -> str:
    value = draft.body.pop("search_query", None)
    if isinstance(value, list):
        if len(value) > 1:
            raise Unusable("field_type:search_query")
        value = value[0] if value else None
        draft.note("field_type:search_query", strict=422)
    term = text(value)
    if term is None or not term.strip():
        raise Unusable("field_missing:search_query")
    draft.columns["search_term"] = term
    results = draft.body.pop("results", None)
    if results is not None:
        _results(draft, results)
    return "search"


def _results(draft: Draft, value: Any) -> None:
    given = value if isinstance(value, list) else str(text(value) or "").split(",")
    found = [one for one in map(identifier, given) if one]
    draft.columns["search_found"] = bool(found)
    if found:
        draft.props["results"] = found


def _cart(draft: Draft) -> str:
    columns = draft.columns
    if flag(draft.body.pop("full_cart", None)):
        columns["is_full"] = True
        columns["items"] = take_items(draft, quantity=True)
        return "cart_update"
    columns["items"] = need_items(draft, quantity=True)
    return "add_to_cart"


def _remove_from_cart(draft: Draft) -> str:
    defaulted = "quantity_defaulted" in draft.notes
    draft.columns["items"] = need_items(draft, quantity=True)
    if not defaulted and "quantity_defaulted" in draft.notes:
        draft.note("remove_all")
    return "remove_from_cart"


def _wish(draft: Draft) -> str:
    columns = draft.columns
    if flag(draft.body.pop("full_wish", None)):
        columns["is_full"] = True
        columns["items"] = take_items(draft, bare="known")
    else:
        columns["items"] = need_items(draft, bare="known")
    return "add_to_wishlist"


def _remove_wish(draft: Draft) -> str:
    draft.columns["items"] = need_items(draft, bare="known")
    return "remove_from_wishlist"


def _purchase(draft: Draft) -> str:
    purchase(draft)
    return "purchase"


def _promotion(event: str, name: str) -> Reader:
    def read(draft: Draft) -> str:
        promotion_id = draft.take_id(name)
        if promotion_id is None:
            raise Unusable(coded("field_missing", name))
        draft.columns["promotion_id"] = promotion_id
        return event

    return read


def _block(event: str) -> Reader:
    def read(draft: Draft) -> str:
        columns = draft.columns
        columns["items"] = take_items(draft, bare="usual")
        if not columns["items"]:
            draft.note("items_empty")
        columns["item_list_type"] = "recommendation"
        if "recommended_code" in columns:
            columns["item_list_id"] = columns["recommended_code"]
        return event

    return read


def _page_view(draft: Draft) -> str:
    return "page_view"


def _session_start(draft: Draft) -> str:
    return "session_start"


STANDARD: dict[str, Reader] = {
    "view": _view,
    "category": _category,
    "search": _search,
    "cart": _cart,
    "remove_from_cart": _remove_from_cart,
    "wish": _wish,
    "remove_wish": _remove_wish,
    "purchase": _purchase,
    "banner_view": _promotion("view_promotion", "banner_id"),
    "banner_click": _promotion("select_promotion", "banner_id"),
    "recone_view": _promotion("view_promotion", "campaign"),
    "recone_click": _promotion("select_promotion", "campaign"),
}
OWN: dict[str, Reader] = {"page_view": _page_view, "session_start": _session_start}
BLOCKS: dict[str, Reader] = {"block_view": _block("view_item_list"), "block_click": _block("select_item")}
RESERVED = STANDARD.keys() | OWN.keys()


def story(draft: Draft) -> str:
    """`/track/stories`: a slide shown or clicked; raises Unusable for one without a name (V19, V20)."""
    event = _STORY.get(draft.name)
    if event is None:
        if not draft.name:
            raise Unusable("field_missing:event")
        draft.note("event_unknown", strict=422)
        return custom(draft)
    draft.columns["recommended_by"] = "stories"
    code = draft.take_id("code")
    if code is not None:
        draft.columns["recommended_code"] = code
    else:
        draft.note("recommended_code_missing")
    return _promotion(event, "story_id")(draft)


_STORY = {"view": "view_promotion", "click": "select_promotion"}


def message(draft: Draft) -> str:
    """`/track/clicked` and its like: the life of a message; a click is a touch."""
    kind, code = draft.take_id("type"), draft.take_id("code")
    for name, value in (("type", kind), ("code", code)):
        if value is not None:
            draft.props[name] = value
        if draft.verb == "clicked" and value is not None:
            draft.columns["recommended_by" if name == "type" else "recommended_code"] = value
    draft.columns["custom_name"] = draft.name
    return "custom"


def popup(draft: Draft) -> str:
    """`/popup/showed`: a popup of the vendor was shown."""
    popup_id = draft.take_id("popup")
    if popup_id is None:
        raise Unusable("field_missing:popup")
    draft.columns["promotion_id"] = f"popup:{popup_id}"
    return "view_promotion"
