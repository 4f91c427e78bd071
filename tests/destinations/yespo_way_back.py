"""What is to come back of an event that went to Yespo and through our own adapter, before losses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from collector.destinations.contract import Context
from collector.event import DecimalText, Event, Item, decimal_text
from tests.destinations.fed import columns

CARRIED = (
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
"""Columns for which the vendor has no word and we no code: they travel as parameters of their own name."""

STATUSES = {"new": "IN_PROGRESS", "completed": "DELIVERED"}
LED_TO = (
    *("item_list_id", "item_list_name", "category_id", "category_path"),
    *("search_term", "search_found", "promotion_id", "cart_id"),
)
"""Columns that an order has no place for."""

ONE = DecimalText("1")
ORDERS = ("purchase", "order_status", "refund")


def written(value: Any) -> str:
    """A parameter is a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def params(event: Event, *, own: tuple[str, ...] = ()) -> dict[str, Any]:
    """Properties that come back, of an event whose own words are for these columns."""
    held = {name: getattr(event, name) for name in CARRIED if name not in own}
    kept = {name: value for name, value in event.props.items() if name != "isFound_defaulted" or not own}
    return {name: written(value) for name, value in present({**kept, **held}).items()}


def base(event: Event, known: Context, priced: tuple[Item, ...]) -> dict[str, Any]:
    """What every event of the vendor's says."""
    found = columns(event)
    for name in (*CARRIED, "is_full", "is_line", "items", "props", "custom_name"):
        found.pop(name, None)
    if event.currency is None and any(item.price is not None for item in priced):
        found["currency"] = known.currency
    return found


def meant(event: Event, known: Context) -> list[dict[str, Any]]:
    """What is to come back of the event, before losses."""
    if event.event in ORDERS:
        return [order(event, known)]
    if event.event == "identify":
        return [{**base(event, known, ()), "props": present(event.props)}]
    found = base(event, known, event.items)
    own: dict[str, Any] = {}
    if event.event in ("view_item", "add_to_wishlist"):
        return [{**found, "items": (said(item),), "props": params(event)} for item in event.items]
    if event.event == "view_item_list" and event.item_list_type == "category":
        shown = event.category_id or event.category_path
        spoken = ("category_id" if event.category_id else "category_path", "item_list_type")
        own = {"category_id": shown, "item_list_type": "category", "props": params(event, own=spoken)}
    elif event.event == "view_item_list":
        block = event.item_list_id
        implied = {"recommended_by": "recommendation", "recommended_code": block}
        goods = tuple(replace(said(item), index=place) for place, item in enumerate(event.items))
        own = {"item_list_id": block, "item_list_type": "recommendation", "items": goods, **implied}
        own["props"] = params(event, own=("item_list_id", "item_list_type"))
    elif event.event in ("add_to_cart", "remove_from_cart", "cart_update"):
        return [cart(event, known)]
    elif event.event == "search":
        own = {"search_term": event.search_term, "search_found": event.search_found is not False}
        own["props"] = params(event, own=("search_term", "search_found"))
    elif event.event == "custom":
        own = {
            "custom_name": event.custom_name,
            "items": tuple(map(said, event.items)),
            "props": params(event),
        }
    elif event.event == "begin_checkout":
        own = {"event": "custom", "custom_name": "checkoutStarted", "items": tuple(map(said, event.items))}
        own["props"] = params(event)
    else:
        own = {"items": event.items, "props": params(event)}
    return [{**found, **own}]


def cart(event: Event, known: Context) -> dict[str, Any]:
    """A change of a cart comes back as the cart after it."""
    whole = event.items if event.event == "cart_update" else known.cart or ()
    counted = tuple(said(replace(item, quantity=item.quantity or ONE)) for item in whole)
    props = params(event, own=("cart_id",))
    again = {"event": "cart_update", "is_full": True, "cart_id": event.cart_id or known.cart_ref}
    return {**base(event, known, whole), **again, "items": counted, "props": props}


def order(event: Event, known: Context) -> dict[str, Any]:
    """An order has a total and names of its products; a refund is a state, and the first state is the placement."""
    found = base(event, known, event.items)
    own = event.order_status or ""
    state = {"purchase": "INITIALIZED", "refund": "CANCELLED"}.get(event.event) or STATUSES.get(own, own)
    value = event.value or sum_of(event.items) or known.order_value
    props = present(event.props)
    if event.event != "purchase" and state != "INITIALIZED":
        props["date"] = event.ts.isoformat()
    dated = state == "INITIALIZED" or event.ts_source == "client"
    ts = {"ts": event.ts, "ts_source": "client"} if dated else {}
    items = tuple(
        said(replace(item, quantity=item.quantity or ONE, item_name=item.item_name or "Catalogue name"))
        for item in event.items
    )
    again = {"transaction_id": event.transaction_id, "value": value, "order_status": state, "items": items}
    kind = "purchase" if state == "INITIALIZED" else "order_status"
    currency = {"currency": event.currency or known.currency}
    return {**found, **ts, **again, **currency, "event": kind, "props": props}


def led_to(event: Event) -> set[str]:
    """What an order lost of what led to it, and of a state that its kind of event says otherwise."""
    if event.event not in ORDERS:
        return set()
    state = {"purchase": "INITIALIZED", "refund": "CANCELLED"}.get(event.event, event.order_status)
    other = event.order_status not in (None, state)
    lost = other or any(getattr(event, name) not in (None, "") for name in LED_TO)
    return {"loss_props"} if lost else set()


def said(item: Item) -> Item:
    """An empty text is absent."""
    return replace(item, props=present(item.props))


def sum_of(items: tuple[Item, ...]) -> DecimalText | None:
    if not items or any(item.price is None for item in items):
        return None
    whole = sum((Decimal(item.price or 0) * Decimal(item.quantity or 1) for item in items), Decimal())
    return decimal_text(whole.quantize(Decimal("0.0001")))
